// The options that every client verb has: where the broker is, as whom to connect, the session, the will, TLS.
//
// mosquitto_pub's spellings and, where they don't collide, NanoMQ's. A verb adds rows of its own first: those keep their
// spellings (see option_table).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli_option.hpp"
#include "nanomq/tools/connection_options.hpp"

namespace nanomq::program {

/// What goes to people beside the output itself.
struct diagnostics_options {
  bool debug = false;
  bool quiet = false;
};

/// -h -p -L --unix -A --ws --ws-path --proxy --nodelay -S: where the broker is. `on_topic` hears the topic behind a URL; without it
/// the topic is of no use and left alone.
void add_server_options(option_table& table, tools::connection_options& into,
                        std::function<void(std::string_view topic)> on_topic = {});
/// -u -P -i -I -k -c -x -V -M -D: as whom, and with what session.
void add_session_options(option_table& table, tools::connection_options& into);
/// The word of -V. Throws: usage_error.
void set_protocol_version(tools::connection_options& into, std::string_view word);
/// --will-topic and its like.
void add_will_options(option_table& table, tools::connection_options& into);
/// --cafile and its like.
void add_tls_options(option_table& table, tools::connection_options& into);
/// -d --quiet, and -o for the options file.
void add_diagnostics_options(option_table& table, diagnostics_options& into);

/// Reads options files and command line into what the table is bound to. The files: what -o names, else
/// $XDG_CONFIG_HOME/mosquitto_VERB and $XDG_CONFIG_HOME/nanomq_VERB, or the same under $HOME/.config, where they exist. One
/// option a line with its value behind it; `#` begins a comment line.
/// Throws: usage_error.
void read_command_line(const option_table& table, std::string_view verb, option_table::word_span words);

/// One line on stderr in mosquitto's manner, "Error: …", and where the help is. The answer: 1.
int refuse_usage(std::string_view verb, std::string_view what);

}  // namespace nanomq::program
