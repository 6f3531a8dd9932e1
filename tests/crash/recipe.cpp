#include "recipe.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ranges>

#include "broker_recipe.hpp"

namespace nanomq::crash {
namespace {

// What waits for a subscriber that is away must not be dropped for want of room: the test is about losing, not limits.
constexpr std::string_view nanomq_options =
    "--set store.dir={dir}/store "
    "--set mqtt.max_queue_messages=20000000 --set mqtt.max_queue_bytes=16GB "
    "--set store.max_queue_messages=20000000 --set store.max_queue_bytes=16GB --set store.max_bytes=64GB "
    "--set limits.max_sessions=1000000 --set mqtt.max_retained_messages=10000000 --set mqtt.max_retained_bytes=16GB";

constexpr std::string_view mosquitto_configuration =
    "listener {port} 127.0.0.1\n"
    "allow_anonymous true\n"
    "user {user}\n"
    "persistence true\n"
    "persistence_location {dir}/\n"
    "log_dest stderr\n"
    "log_type error\n"
    "set_tcp_nodelay true\n"
    "max_inflight_messages 1000\n"
    "max_queued_messages 0\n";

constexpr std::string_view flashmq_configuration =
    "listen {\n"
    "  port {port}\n"
    "  inet_protocol ip4\n"
    "  inet4_bind_address 127.0.0.1\n"
    "}\n"
    "allow_anonymous yes\n"
    "log_level error\n"
    "storage_dir {dir}\n"
    "max_qos_msg_pending_per_client 65535\n"
    "max_qos_bytes_pending_per_client 2000000000\n";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto part : std::views::split(text, ' ')) {
    if (const std::string_view word{part.begin(), part.end()}; !word.empty()) words.emplace_back(word);
  }
  return words;
}

void append_words(std::vector<std::string>& to, std::string_view text) {
  for (std::string& word : words_of(text)) to.push_back(std::move(word));
}

std::string program_of(const recipe_request& request, std::string_view program) {
  if (!request.program.empty()) return bench::find_program(request.program);
  std::string variable{"NANOMQ_CRASH_"};
  for (const char each : program) variable += static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  const char* const named = std::getenv(variable.c_str());
  return bench::find_program(named != nullptr ? std::string_view{named} : program);
}

recipe nanomq_recipe(const recipe_request& request) {
  recipe out{.name = "nanomq", .about = "its store, as it is by default", .command = {}, .configuration = {}};
  out.command = {program_of(request, "nanomq"), "broker", "start", "--url", "mqtt-tcp://127.0.0.1:{port}"};
  append_words(out.command, nanomq_options);
  if (!request.durability.empty()) {
    out.name += '-' + request.durability;
    out.about = "durability = " + request.durability;
    append_words(out.command, "--set store.durability=" + request.durability);
  }
  return out;
}

recipe mosquitto_recipe(const recipe_request& request, bool safest) {
  recipe out{.name = "mosquitto",
             .about = "persistence on, autosave as it is by default",
             .command = {program_of(request, "mosquitto"), "-c", "{dir}/broker.conf"},
             .configuration = std::string{mosquitto_configuration},
             .replaces_options = false};
  if (safest) {
    out.name = "mosquitto-safest";
    out.about = "the whole database saved on every change";
    out.configuration += "autosave_on_changes true\nautosave_interval 1\n";
  }
  return out;
}

recipe flashmq_recipe(const recipe_request& request, bool one_thread) {
  recipe out{.name = "flashmq",
             .about = "storage directory, save interval as it is by default",
             .command = {program_of(request, "flashmq"), "--config-file", "{dir}/broker.conf"},
             .configuration = std::string{flashmq_configuration}};
  if (one_thread) {
    out.name = "flashmq-1";
    out.about += ", one thread";
    out.configuration += "thread_count 1\n";
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::expected<recipe, std::string> find_recipe(const recipe_request& request) {
  recipe out;
  if (const auto equals = request.name.find('='); equals != std::string::npos) {
    out.name = request.name.substr(0, equals);
    out.about = "as the command says";
    out.command = words_of(std::string_view{request.name}.substr(equals + 1));
  } else if (request.name == "nanomq") {
    out = nanomq_recipe(request);
  } else if (request.name == "mosquitto" || request.name == "mosquitto-safest") {
    out = mosquitto_recipe(request, request.name == "mosquitto-safest");
  } else if (request.name == "flashmq" || request.name == "flashmq-1") {
    out = flashmq_recipe(request, request.name == "flashmq-1");
  } else {
    return std::unexpected("no broker " + request.name +
                           ": there are nanomq, mosquitto, "
                           "mosquitto-safest, flashmq, flashmq-1 and NAME=COMMAND");
  }
  if (out.command.empty() || out.command.front().empty()) return std::unexpected(request.name + ": no program");
  append_words(out.command, request.arguments);
  return out;
}

std::string fill_in(std::string text, std::string_view port, std::string_view directory) {
  const passwd* const user = ::getpwuid(::geteuid());
  replace_all(text, "{port}", port);
  replace_all(text, "{dir}", directory);
  replace_all(text, "{user}", user == nullptr ? "root" : user->pw_name);
  return text;
}

}  // namespace nanomq::crash
