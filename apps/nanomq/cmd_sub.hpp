// `nanomq sub`: subscribes and prints messages, as mosquitto_sub does.
#pragma once

#include "cli_option.hpp"
#include "client_options.hpp"
#include "nanomq/tools/subscriber.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

/// What `nanomq sub` was asked to do.
struct sub_command {
  tools::subscribe_job job;
  diagnostics_options messages;
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page sub_page(sub_command& into);

/// The exit status.
int run_sub(option_table::word_span words);

}  // namespace nanomq::program
