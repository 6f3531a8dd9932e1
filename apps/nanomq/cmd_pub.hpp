// `nanomq pub`: publishes messages, as mosquitto_pub does.
#pragma once

#include "cli_option.hpp"
#include "client_options.hpp"
#include "nanomq/tools/publisher.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

/// What `nanomq pub` was asked to do.
struct pub_command {
  tools::publish_job job;
  std::uint32_t clients = 1;  ///< that do it one after the other
  diagnostics_options messages;
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page pub_page(pub_command& into);

/// The exit status.
int run_pub(option_table::word_span words);

}  // namespace nanomq::program
