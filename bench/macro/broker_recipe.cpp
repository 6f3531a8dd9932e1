#include "broker_recipe.hpp"

#include <unistd.h>

#include <cstdlib>
#include <ranges>

namespace nanomq::bench {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto part : std::views::split(text, ' ')) {
    if (const std::string_view word{part.begin(), part.end()}; !word.empty()) words.emplace_back(word);
  }
  return words;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

broker_recipe nanomq_recipe(const std::string& program, std::string_view arguments) {
  broker_recipe out{.name = "nanomq", .command = {}, .configuration = {}, .version_command = {}, .ours = true};
  out.command = {program, "broker", "start", "--url", "mqtt-tcp://127.0.0.1:{port}"};
  for (std::string& word : words_of(arguments)) out.command.push_back(std::move(word));
  return out;
}

broker_recipe mosquitto_recipe(const std::string& program) {
  return {.name = "mosquitto",
          .command = {program, "-c", "{dir}/broker.conf"},
          .configuration =
              "listener {port} 127.0.0.1\n"
              "allow_anonymous true\n"
              "persistence false\n"
              "log_type none\n"
              "set_tcp_nodelay true\n"
              "max_inflight_messages 1000\n"
              "max_queued_messages 0\n",
          .version_command = {program, "-h"},
          .ours = false};
}

std::expected<broker_recipe, std::string> peer_recipe(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::unexpected("--peer wants name=command with {port}");
  broker_recipe out;
  out.name = text.substr(0, equals);
  out.command = words_of(text.substr(equals + 1));
  if (out.command.empty()) return std::unexpected("--peer " + out.name + ": no command");
  return out;
}

std::string find_program(std::string_view program) {
  if (program.find('/') != std::string_view::npos) {
    const std::string path{program};
    return ::access(path.c_str(), X_OK) == 0 ? path : std::string{};
  }
  const char* const search = std::getenv("PATH");
  // Debian keeps mosquitto in /usr/sbin, which is not in the PATH of an ordinary user.
  const std::string folders = std::string{search == nullptr ? "" : search} + ":/usr/local/sbin:/usr/sbin";
  for (const auto part : std::views::split(folders, ':')) {
    const std::string path = std::string{part.begin(), part.end()} + '/' + std::string{program};
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::string fill_in(std::string text, std::string_view port, std::string_view directory) {
  replace_all(text, "{port}", port);
  replace_all(text, "{dir}", directory);
  return text;
}

}  // namespace nanomq::bench
