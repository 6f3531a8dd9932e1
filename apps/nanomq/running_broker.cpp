#include "running_broker.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "ask_broker.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanolib/base/time.hpp"
#include "pid_file.hpp"
#include "short_text.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

void say(const std::string& text) {
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
}

}  // namespace

std::string pid_file_meant(const std::string& given) {
  if (!given.empty()) return given;
  const char* named = std::getenv("NANOMQ_PID_FILE");
  return named != nullptr && named[0] != '\0' ? std::string(named) : default_pid_file();
}

exit_code stop_broker(const std::string& pid_file) {
  using namespace std::chrono_literals;
  const auto found = find_running(pid_file);
  if (!found) return explain_absence(pid_file, found.error());
  const auto pid = std::to_string(found->pid);
  if (::kill(found->pid, SIGTERM) != 0 && errno != ESRCH) {
    complain("cannot stop pid " + pid + ": " + std::string(nanolib::describe(nanolib::last_system_error())));
    return exit_code::failure;
  }
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  for (;;) {
    const auto still = find_running(pid_file);
    // Gone, or another one has taken its place.
    if (!still ? still.error().code == ESRCH : still->pid != found->pid) break;
    if (std::chrono::steady_clock::now() > deadline) {
      complain("pid " + pid + " has not ended within 10 seconds");
      return exit_code::failure;
    }
    std::this_thread::sleep_for(10ms);
  }
  say("nanomq: stopped, pid " + pid + "\n");
  return exit_code::ok;
}

exit_code stop_if_running(const std::string& pid_file) {
  const auto found = find_running(pid_file);
  if (!found && found.error().code == ESRCH) return exit_code::ok;
  return stop_broker(pid_file);
}

namespace {

std::uint64_t number_in(const running_broker& broker, const char* key) {
  std::uint64_t number = 0;
  const auto at = broker.state.find(key);
  if (at != broker.state.end()) std::from_chars(at->second.data(), at->second.data() + at->second.size(), number);
  return number;
}

bool is_true(const running_broker& broker, const char* key) {
  const auto at = broker.state.find(key);
  return at != broker.state.end() && at->second == "true";
}

// As the control socket would answer.
std::string reload_json(const running_broker& broker, bool good) {
  const auto [first, last] = broker.state.equal_range("reload");
  std::string all;
  for (auto at = first; at != last; ++at) all += (all.empty() ? "" : "; ") + at->second;
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  const bool complete = good && !is_true(broker, "reload_incomplete");
  json.truth("ok", complete);
  if (complete) {
    json.key("lines");
    json.begin_array();
    for (auto at = first; at != last; ++at) json.text(at->second);
    json.end_array();
  } else {
    json.text("error", (good ? "reloaded, but not all of it: " : "not reloaded: ") + all);
    json.number("exit_status", good ? 1 : 2);
  }
  json.end_object();
  return plain_json(out + "\n");
}

exit_code tell_reload(const running_broker& broker, bool as_json) {
  const auto refused = broker.state.find("reload_refused");
  const bool good = refused != broker.state.end() && refused->second == "false";
  const auto [first, last] = broker.state.equal_range("reload");
  if (as_json) say(reload_json(broker, good));
  for (auto at = first; at != last && !as_json; ++at) {
    if (good) {
      say(plain_text(at->second) + "\n");
    } else {
      complain("not reloaded: " + plain_text(at->second));
    }
  }
  if (!good) return exit_code::usage;
  return is_true(broker, "reload_incomplete") ? exit_code::failure : exit_code::ok;
}

}  // namespace

namespace {

// None: it has no control socket, or nobody is behind it.
std::optional<exit_code> reload_by_asking(const running_broker& broker, bool as_json) {
  const auto at = broker.state.find("control");
  if (at == broker.state.end()) return {};
  return ask_socket(at->second, request_text("reload").take(), as_json);
}

}  // namespace

exit_code reload_broker(const broker_address& which, bool as_json) {
  if (!which.control.empty()) return ask_broker(which, request_text("reload").take(), as_json);
  const auto pid_file = pid_file_meant(which.pid_file);
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  auto found = find_running(pid_file);
  // A reload that has begun by now may have read what was there before.
  while (found && !found->is_whole && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
    found = find_running(pid_file);
  }
  if (!found) return explain_absence(pid_file, found.error());
  if (const auto done = reload_by_asking(*found, as_json)) return *done;
  const auto before = number_in(*found, "reload_begun");
  if (::kill(found->pid, SIGHUP) != 0) {
    complain("cannot reach pid " + std::to_string(found->pid) + ": " +
             std::string(nanolib::describe(nanolib::last_system_error())));
    return exit_code::failure;
  }
  while (std::chrono::steady_clock::now() < deadline) {
    const auto now = find_running(pid_file);
    if (!now && now.error().code == ESRCH) return explain_absence(pid_file, now.error());
    if (now && now->is_whole && number_in(*now, "reload_done") > before) return tell_reload(*now, as_json);
    std::this_thread::sleep_for(10ms);
  }
  complain("pid " + std::to_string(found->pid) + " has not answered within 10 seconds");
  return exit_code::failure;
}

namespace {

std::int64_t uptime_since(const std::string& started_ms) {
  std::int64_t started = 0;
  std::from_chars(started_ms.data(), started_ms.data() + started_ms.size(), started);
  return (nanolib::system_clock().now().time_since_epoch().count() - started) / 1000;
}

std::string value_in(const running_broker& broker, const char* key) {
  const auto at = broker.state.find(key);
  return at == broker.state.end() ? std::string() : at->second;
}

// What the pid file alone tells.
std::string known_text(const running_broker& broker) {
  const auto value = [&](const char* key) { return plain_text(value_in(broker, key)); };
  if (broker.state.empty()) return "nanomq is starting, pid " + std::to_string(broker.pid) + "\n";
  std::string out = "nanomq " + value("version") + " is running, pid " + std::to_string(broker.pid) + "\n";
  const auto [first, last] = broker.state.equal_range("listen");
  for (auto at = first; at != last; ++at) out += "listens on  " + plain_text(at->second) + "\n";
  const auto [first_bridge, last_bridge] = broker.state.equal_range("bridge");
  for (auto at = first_bridge; at != last_bridge; ++at) out += "bridge      " + plain_text(at->second) + "\n";
  out += "shards      " + value("shards") + "\n";
  out += "keeps       " + (value("keeps").empty() ? "nothing across a restart" : value("keeps")) + "\n";
  const auto [first_trouble, last_trouble] = broker.state.equal_range("attention");
  for (auto at = first_trouble; at != last_trouble; ++at) out += "ATTENTION   " + plain_text(at->second) + "\n";
  return out + "uptime      " + time_text(uptime_since(value_in(broker, "started_ms"))) + "\n";
}

std::string known_json(const running_broker& broker) {
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  json.truth("ok", true);
  json.truth("starting", broker.state.empty());
  json.text("version", value_in(broker, "version"));
  json.number("pid", broker.pid);
  if (!broker.state.empty()) json.number("uptime_s", uptime_since(value_in(broker, "started_ms")));
  json.key("listeners");
  json.begin_array();
  const auto [first, last] = broker.state.equal_range("listen");
  for (auto at = first; at != last; ++at) {
    json.begin_object();
    json.text("url", at->second);
    json.end_object();
  }
  json.end_array();
  json.text("keeps", value_in(broker, "keeps"));
  std::string attention;
  const auto [first_trouble, last_trouble] = broker.state.equal_range("attention");
  for (auto one = first_trouble; one != last_trouble; ++one) attention += (attention.empty() ? "" : "; ") + one->second;
  json.text("attention", attention);
  json.end_object();
  return out + "\n";
}

}  // namespace

exit_code show_status(const broker_address& which, bool as_json) {
  auto request = request_text("status");
  if (!as_json) request.text("form", "text");
  if (!which.control.empty()) return ask_broker(which, request.take(), as_json);
  const auto pid_file = pid_file_meant(which.pid_file);
  const auto found = find_running(pid_file);
  if (!found) return explain_absence(pid_file, found.error());
  if (const auto at = found->state.find("control"); at != found->state.end()) {
    if (const auto done = ask_socket(at->second, request.take(), as_json)) return *done;
  }
  say(as_json ? known_json(*found) : known_text(*found));
  return exit_code::ok;
}

}  // namespace nanomq::program
