#include "control_socket.hpp"

#include <cerrno>

#include "start_broker.hpp"

namespace nanomq::program {
namespace {

std::string text_of(const nanolib::error& failure) {
  return failure.code == EADDRINUSE ? "something is there already" : std::string(nanolib::describe(failure));
}

}  // namespace

std::string control_path(const config::settings& settings, const std::optional<pid_file>& file) {
  if (settings.control_socket != config::control_socket_beside_pid_file) return settings.control_socket;
  if (!file) return {};
  std::string path = file->path();
  if (path.ends_with(".pid")) path.resize(path.size() - 4);
  return path + ".sock";
}

exit_code open_control(admin::control_server& server, const config::settings& settings, std::string& path,
                       nanolib::log& log, std::string& trouble) {
  if (path.empty()) return exit_code::ok;
  admin::control_options options;
  options.path = path;
  options.log = &log;
  const auto started = server.start(options);
  if (started) {
    log.event(nanolib::log_component::program, nanolib::log_level::info, "control_socket", {{"path", path}});
    return exit_code::ok;
  }
  const auto& failure = started.error();
  if (settings.control_socket == config::control_socket_beside_pid_file) {
    log.event(nanolib::log_component::program, nanolib::log_level::warn, "no_control_socket",
              {{"path", path}, {"error", nanolib::describe(failure)}});
    trouble = "no control socket " + path + " (" + text_of(failure) +
              "): clients, disconnect, ban, log and trace cannot ask this broker";
    complain("warning: " + trouble);
    path.clear();
    return exit_code::ok;
  }
  complain("control.socket: " + path + ": " + text_of(failure));
  return failure.code == EADDRINUSE ? exit_code::already_running : exit_code::failure;
}

}  // namespace nanomq::program
