// How each broker is started so that it keeps what it can keep. The only place that knows their options.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::crash {

/// In command and configuration `{port}` stands for the port to listen on at 127.0.0.1, `{dir}` for the data directory,
/// `{user}` for the user who runs this.
struct recipe {
  std::string name;
  std::string about;  ///< how durable it is told to be, for the report
  std::vector<std::string> command;
  std::string configuration;  ///< written to `{dir}/broker.conf`; empty: no such file
  /// Subscribing again replaces No Local and Retain As Published, as it must (MQTT 5.0 §3.8.4). What a broker does wrong
  /// without being killed is not what is looked for here.
  bool replaces_options = true;
};

struct recipe_request {
  std::string name;        ///< nanomq, mosquitto, mosquitto-safest, flashmq, flashmq-1, or any name with a command
  std::string program;     ///< empty: looked for in NANOMQ_CRASH_<NAME>, then in PATH
  std::string arguments;   ///< more of them, separated by blanks
  std::string durability;  ///< of nanomq: fsync, process or none; empty: its default
};

/// `name` may also be `NAME=COMMAND …`: a broker of one's own, run without a shell.
/// Errors: a sentence.
[[nodiscard]] std::expected<recipe, std::string> find_recipe(const recipe_request& request);

/// Every `{port}`, `{dir}` and `{user}` replaced.
[[nodiscard]] std::string fill_in(std::string text, std::string_view port, std::string_view directory);

}  // namespace nanomq::crash
