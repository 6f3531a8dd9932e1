// The options of `nanomq conn` and `nanomq bench`.
//
// bench has emqtt-bench's spellings, which are NanoMQ's, too: there -c is a count, -i and -I are intervals and -L is a
// limit. conn has mosquitto's, as pub and sub have.
#pragma once

#include "cli_option.hpp"
#include "client_options.hpp"
#include "nanomq/tools/load_request.hpp"

namespace nanomq::program {

/// What a verb that makes load was asked to do.
struct load_command {
  explicit load_command(tools::load_kind kind) : request(kind) {}
  tools::load_request request;
  bool json = false;
  bool quiet = false;
};

/// All options of `nanomq bench pub|sub|conn|roundtrip`.
void add_bench_options(option_table& table, load_command& into);
/// All options of `nanomq conn`.
void add_conn_options(option_table& table, load_command& into);

}  // namespace nanomq::program
