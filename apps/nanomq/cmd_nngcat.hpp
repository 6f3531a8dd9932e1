// `nanomq nngcat`: SP sockets on the command line, as nngcat of nng has them.
#pragma once

#include "cli_option.hpp"
#include "nanomq/tools/sp_cat.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

/// What `nanomq nngcat` was asked to do.
struct nngcat_command {
  tools::sp_cat_job job;
  std::string file;  ///< what to send is in there; "-" is the standard input
  bool compatible = false;
  bool either_pair = false;  ///< pair of whatever version is meant
  bool silent = false;
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page nngcat_page(nngcat_command& into);

/// The exit status.
int run_nngcat(option_table::word_span words);

}  // namespace nanomq::program
