#include "check_places.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "nanonng/net/sp_trial.hpp"

namespace nanomq::program {
namespace {

namespace fs = std::filesystem;

bool is_known_owner(const std::string& name) { return name.empty() || ::getpwnam(name.c_str()) != nullptr; }
bool is_known_group(const std::string& name) { return name.empty() || ::getgrnam(name.c_str()) != nullptr; }

std::string name_of(const config::sp_endpoint_setting& one) {
  auto name = one.options.name;
  std::ranges::replace(name, '/', '.');
  return one.origin + ": " + std::string(config::sp_endpoints_key) + "." + name;
}

}  // namespace

bool place_check::look_at_socket(const fs::path& path, const std::string& whose) {
  std::error_code failed;
  if (path.native().size() >= sizeof(sockaddr_un::sun_path)) {
    report_.errors.push_back(whose + ": " + path.string() + ": a socket's path has at most " +
                             std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
    return false;
  }
  const auto directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    report_.errors.push_back(whose + ": " + directory.string() + ": " +
                             std::string(nanolib::describe(nanolib::last_system_error())));
    return false;
  }
  if (fs::exists(fs::symlink_status(path, failed)) && !fs::is_socket(path, failed)) {
    report_.errors.push_back(whose + ": " + path.string() + " is there, and is no socket");
    return false;
  }
  if (std::ranges::find(sockets_, path) != sockets_.end()) {
    report_.errors.push_back(whose + ": " + path.string() +
                             ": another listener of this configuration has that address");
    return false;
  }
  sockets_.push_back(path);
  return true;
}

void place_check::look_at(const broker::listening& place, const broker::listener_options& by) {
  if (place.where.kind == nanonng::net::endpoint::transport::tcp) {
    return look_at_port(place.where, by.socket, place.id + ": " + place.url(), !by.bind.empty());
  }
  if (!look_at_socket(place.where.host, place.id)) return;
  if (!is_known_owner(by.socket.owner)) report_.errors.push_back(place.id + ": no user " + by.socket.owner);
  if (!is_known_group(by.socket.group)) report_.errors.push_back(place.id + ": no group " + by.socket.group);
}

// Whether it could listen there, beside those that could.
void place_check::look_at_port(const nanonng::net::endpoint& where, const nanonng::net::socket_options& how,
                               const std::string& shown, bool was_asked_for) {
  using nanonng::net::listening_socket;
  auto tried = listening_socket::open(where, how);
  if (!tried && tried.error().code == EADDRINUSE && !held_.empty()) {
    held_.clear();
    if (auto alone = listening_socket::open(where, how)) {
      held_.push_back(*std::move(alone));
      report_.errors.push_back(shown + ": another listener of this configuration has that address");
      return;
    }
  }
  if (tried) {
    held_.push_back(*std::move(tried));
    return;
  }
  const auto& failure = tried.error();
  const bool is_system = failure.domain == nanolib::error_domain::sys;
  // A machine without IPv6 is no obstacle where nobody has asked for it.
  if (is_system && !was_asked_for && (failure.code == EADDRNOTAVAIL || failure.code == EAFNOSUPPORT)) return;
  // The broker that this is for may run already, and may run as another user.
  const bool may_be_different = is_system && (failure.code == EADDRINUSE || failure.code == EACCES);
  (may_be_different ? report_.warnings : report_.errors)
      .push_back(shown + ": " + std::string(nanolib::describe(failure)));
}

void place_check::look_at(const config::sp_endpoint_setting& one) {
  using nanonng::net::endpoint;
  const nanonng::net::sp_tls_files files{.ca = one.options.tls_ca_file,
                                         .certificate_key = one.options.tls_certificate_key_file};
  const auto name = name_of(one);
  const auto refuse = [&](const std::string& what, const nanolib::error& why) {
    report_.errors.push_back(name + ": cannot " + what + ": " + nanonng::net::sp_error_text(why));
  };
  for (const auto& url : one.options.dial) {
    if (const auto good = nanonng::net::try_sp_dialer(url, files); !good) refuse("dial " + url, good.error());
  }
  for (const auto& url : one.options.listen) {
    if (const auto good = nanonng::net::try_sp_listener(url, files); !good) {
      refuse("listen on " + url, good.error());
      continue;
    }
    const auto place = nanonng::net::sp_listening_place(url);
    if (place && place->kind == endpoint::transport::unix_socket) (void)look_at_socket(place->host, name);
    if (place && place->kind == endpoint::transport::tcp) look_at_port(*place, {}, name + ": " + url, true);
  }
}

}  // namespace nanomq::program
