// `nanomq doctor`: finds out what a broker can do and where its limits are.
#pragma once

#include <string>

#include "cli_option.hpp"
#include "nanomq/tools/connection_options.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

struct doctor_command {
  tools::connection_options connection;
  std::string prefix = "nanomq-doctor";
  double timeout_s = 5;
  bool deep = false;
  bool json = false;
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page doctor_page(doctor_command& into);

/// The exit status.
int run_doctor(option_table::word_span words);

}  // namespace nanomq::program
