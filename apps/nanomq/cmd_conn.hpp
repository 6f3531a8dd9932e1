// `nanomq conn`: opens connections and holds them.
#pragma once

#include "load_options.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

struct conn_command : load_command {
  conn_command() : load_command(tools::load_kind::connect) {}
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page conn_page(conn_command& into);

/// The exit status.
int run_conn(option_table::word_span words);

}  // namespace nanomq::program
