#include "running_broker.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "nanolib/base/time.hpp"
#include "nanomq/admin/control_client.hpp"
#include "pid_file.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

void say(const std::string& text) {
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
}

exit_code explain(const std::string& path, const nanolib::error& failure) {
  if (failure.code == ESRCH) {
    complain(
        "not running (pid file " + path +
        "); a broker with another one is found by --pid-file, one without by its process id: kill -HUP reloads it");
    return exit_code::not_running;
  }
  complain(path + ": " +
           (failure.code == EPERM   ? "the process that holds it is not the one that it names"
            : failure.code == ELOOP ? "it is a symbolic link"
                                    : std::string(nanolib::describe(failure))));
  return exit_code::failure;
}

// Nothing that could move the cursor, whoever wrote the file.
std::string plain(std::string text) {
  for (auto& c : text) c = c >= ' ' && c < 0x7f ? c : '?';
  return text;
}

std::string plain_lines(std::string text) {
  for (auto& c : text) c = c == '\n' || (c >= ' ' && c < 0x7f) ? c : '?';
  return text;
}

std::string uptime_since(const std::string& started_ms) {
  std::int64_t started = 0;
  std::from_chars(started_ms.data(), started_ms.data() + started_ms.size(), started);
  const auto now = nanolib::system_clock().now().time_since_epoch().count();
  auto seconds = (now - started) / 1000;
  std::string out;
  for (const auto& [length, name] : {std::pair{86'400, "d "}, std::pair{3'600, "h "}, std::pair{60, "m "}}) {
    if (seconds >= length || !out.empty()) out += std::to_string(seconds / length) + name;
    seconds %= length;
  }
  return out + std::to_string(seconds) + "s";
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
  if (!found) return explain(pid_file, found.error());
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

exit_code tell_reload(const running_broker& broker) {
  const auto refused = broker.state.find("reload_refused");
  const bool good = refused != broker.state.end() && refused->second == "false";
  const auto [first, last] = broker.state.equal_range("reload");
  for (auto at = first; at != last; ++at) {
    if (good) {
      say(plain(at->second) + "\n");
    } else {
      complain("not reloaded: " + plain(at->second));
    }
  }
  return good ? exit_code::ok : exit_code::usage;
}

}  // namespace

namespace {

// None: it has no control socket, or nobody is behind it.
std::optional<exit_code> reload_by_asking(const running_broker& broker) {
  const auto at = broker.state.find("control");
  if (at == broker.state.end()) return {};
  const auto answer = admin::ask_control(at->second, R"({"command":"reload"})", nanolib::duration(60'000));
  if (!answer && (answer.error().code == ENOENT || answer.error().code == ECONNREFUSED)) return {};
  if (!answer) {
    complain(at->second + ": " + std::string(nanolib::describe(answer.error())));
    return exit_code::failure;
  }
  if (!answer->ok) {
    complain("not reloaded: " + plain(answer->error));
    return static_cast<exit_code>(answer->exit_status);
  }
  say(plain_lines(answer->text));
  return exit_code::ok;
}

}  // namespace

exit_code reload_broker(const std::string& pid_file) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  auto found = find_running(pid_file);
  // A reload that has begun by now may have read what was there before.
  while (found && !found->is_whole && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(10ms);
    found = find_running(pid_file);
  }
  if (!found) return explain(pid_file, found.error());
  if (const auto done = reload_by_asking(*found)) return *done;
  const auto before = number_in(*found, "reload_begun");
  if (::kill(found->pid, SIGHUP) != 0) {
    complain("cannot reach pid " + std::to_string(found->pid) + ": " +
             std::string(nanolib::describe(nanolib::last_system_error())));
    return exit_code::failure;
  }
  while (std::chrono::steady_clock::now() < deadline) {
    const auto now = find_running(pid_file);
    if (!now && now.error().code == ESRCH) return explain(pid_file, now.error());
    if (now && now->is_whole && number_in(*now, "reload_done") > before) return tell_reload(*now);
    std::this_thread::sleep_for(10ms);
  }
  complain("pid " + std::to_string(found->pid) + " has not answered within 10 seconds");
  return exit_code::failure;
}

exit_code show_status(const std::string& pid_file) {
  const auto found = find_running(pid_file);
  if (!found) return explain(pid_file, found.error());
  const auto value = [&](const char* key) {
    const auto at = found->state.find(key);
    return at == found->state.end() ? std::string() : plain(at->second);
  };
  if (found->state.empty()) {
    say("nanomq is starting, pid " + std::to_string(found->pid) + "\n");
    return exit_code::ok;
  }
  std::string out = "nanomq " + value("version") + " is running, pid " + std::to_string(found->pid) + "\n";
  const auto [first, last] = found->state.equal_range("listen");
  for (auto at = first; at != last; ++at) out += "listens on  " + plain(at->second) + "\n";
  const auto [first_bridge, last_bridge] = found->state.equal_range("bridge");
  for (auto at = first_bridge; at != last_bridge; ++at) out += "bridge      " + plain(at->second) + "\n";
  out += "shards      " + value("shards") + "\n";
  out += "keeps       " + (value("keeps").empty() ? "nothing across a restart" : value("keeps")) + "\n";
  if (!value("attention").empty()) out += "ATTENTION   " + value("attention") + "\n";
  out += "uptime      " + uptime_since(value("started_ms")) + "\n";
  say(out);
  return exit_code::ok;
}

}  // namespace nanomq::program
