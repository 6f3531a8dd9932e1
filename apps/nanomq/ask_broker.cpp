#include "ask_broker.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "nanolib/base/json_writer.hpp"
#include "nanomq/admin/control_client.hpp"
#include "pid_file.hpp"
#include "running_broker.hpp"
#include "short_text.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

// A reload reads files and asks the network; nothing takes this long otherwise.
constexpr nanolib::duration patience{60'000};

exit_code explain_socket(const std::string& path, const nanolib::error& failure) {
  if (failure.code == EACCES || failure.code == EPERM) {
    complain(path + ": only root and the user whom the broker runs as may ask it");
  } else if (failure.code == EPROTO) {
    complain(path + ": what answers there is no nanomq");
  } else {
    complain(path + ": " + std::string(nanolib::describe(failure)));
  }
  return exit_code::failure;
}

}  // namespace

exit_code explain_absence(const std::string& pid_file, const nanolib::error& failure) {
  if (failure.code == ESRCH) {
    complain(
        "not running (pid file " + pid_file +
        "); a broker with another one is found by --pid-file, one without by its process id: kill -HUP reloads it");
    return exit_code::not_running;
  }
  complain(pid_file + ": " +
           (failure.code == EPERM   ? "the process that holds it is not the one that it names"
            : failure.code == ELOOP ? "it is a symbolic link"
                                    : std::string(nanolib::describe(failure))));
  return exit_code::failure;
}

std::optional<exit_code> ask_socket(const std::string& path, const std::string& request, bool as_json) {
  const auto answer = admin::ask_control(path, request, patience);
  if (!answer) {
    if (answer.error().code == ENOENT || answer.error().code == ECONNREFUSED) return {};
    return explain_socket(path, answer.error());
  }
  if (!answer->ok && !as_json) {
    complain(plain_text(answer->error));
  } else {
    const auto shown = as_json ? plain_json(answer->line + "\n") : plain_text(answer->text, true);
    (void)std::fputs(shown.c_str(), stdout);
    (void)std::fflush(stdout);
  }
  return static_cast<exit_code>(answer->exit_status);
}

exit_code ask_broker(const broker_address& which, const std::string& request, bool as_json) {
  std::string path = which.control;
  if (path.empty()) {
    const auto pid_file = pid_file_meant(which.pid_file);
    const auto found = find_running(pid_file);
    if (!found) return explain_absence(pid_file, found.error());
    const auto at = found->state.find("control");
    if (at == found->state.end()) {
      complain("the broker with pid " + std::to_string(found->pid) +
               " has no control socket: it is starting, or control.socket is empty");
      return exit_code::failure;
    }
    path = at->second;
  }
  if (const auto done = ask_socket(path, request, as_json)) return *done;
  complain("not running (nobody answers on " + path + ")");
  return exit_code::not_running;
}

request_text::request_text(std::string_view command) {
  out_ = "{\"command\":";
  nanolib::append_json_string(out_, command);
}

request_text& request_text::text(std::string_view name, std::string_view value) {
  out_ += ',';
  nanolib::append_json_string(out_, name);
  out_ += ':';
  nanolib::append_json_string(out_, value);
  return *this;
}

request_text& request_text::number(std::string_view name, std::int64_t value) {
  out_ += ',';
  nanolib::append_json_string(out_, name);
  out_ += ':' + std::to_string(value);
  return *this;
}

request_text& request_text::truth(std::string_view name, bool value) {
  out_ += ',';
  nanolib::append_json_string(out_, name);
  out_ += value ? ":true" : ":false";
  return *this;
}

std::string request_text::take() { return std::move(out_) + "}"; }

}  // namespace nanomq::program
