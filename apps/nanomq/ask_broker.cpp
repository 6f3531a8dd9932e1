#include "ask_broker.hpp"

#include <cerrno>
#include <cstdio>

#include "nanomq/admin/control_client.hpp"
#include "pid_file.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

// Nothing that could move the cursor, whatever a client calls itself.
std::string plain_lines(std::string text) {
  for (auto& c : text) c = c == '\n' || (c >= ' ' && c < 0x7f) ? c : '?';
  return text;
}

}  // namespace

exit_code ask_broker(const std::string& pid_file, const std::string& request, bool as_json) {
  const auto found = find_running(pid_file);
  if (!found) {
    complain("no broker is found by the pid file " + pid_file + "; --pid-file names another");
    return exit_code::not_running;
  }
  const auto at = found->state.find("control");
  if (at == found->state.end()) {
    complain("the broker has no control socket (control.socket)");
    return exit_code::not_running;
  }
  const auto answer = admin::ask_control(at->second, request);
  if (!answer) {
    const bool gone = answer.error().code == ENOENT || answer.error().code == ECONNREFUSED;
    complain(at->second + ": " + std::string(nanolib::describe(answer.error())));
    return gone ? exit_code::not_running : exit_code::failure;
  }
  if (!answer->ok) {
    complain(plain_lines(answer->error));
    return static_cast<exit_code>(answer->exit_status);
  }
  (void)std::fputs((as_json ? answer->line + "\n" : plain_lines(answer->text)).c_str(), stdout);
  (void)std::fflush(stdout);
  return exit_code::ok;
}

}  // namespace nanomq::program
