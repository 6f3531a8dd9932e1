// How to start each broker that is compared.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::bench {

/// In the command and the configuration `{port}` stands for the port to listen on at 127.0.0.1 and `{dir}` for a
/// directory that is there while the broker runs.
struct broker_recipe {
  std::string name;
  std::vector<std::string> command;
  std::string configuration;                 ///< written to `{dir}/broker.conf`; empty: no such file
  std::vector<std::string> version_command;  ///< its first line of output is shown; empty: `<program> --version`
  bool ours = false;                         ///< the one that the others are compared with
};

/// `arguments` follow the listener's address, separated by blanks.
[[nodiscard]] broker_recipe nanomq_recipe(const std::string& program, std::string_view arguments);

/// Anonymous access, nothing on disk, and limits that let every workload through without loss.
[[nodiscard]] broker_recipe mosquitto_recipe(const std::string& program);

/// From `name=command with {port}`. Errors: a sentence.
[[nodiscard]] std::expected<broker_recipe, std::string> peer_recipe(std::string_view text);

/// Where `program` is found in PATH (or itself, when it has a slash and can be run); empty when it is nowhere.
[[nodiscard]] std::string find_program(std::string_view program);

/// Every `{port}` and `{dir}` replaced.
[[nodiscard]] std::string fill_in(std::string text, std::string_view port, std::string_view directory);

}  // namespace nanomq::bench
