#include "nanomq/broker/listener_set.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "broker/listener_profile.hpp"

namespace nanomq::broker {

namespace {

using nanonng::net::endpoint;

/// A machine without IPv6 is no reason not to start.
bool has_no_such_family(const nanolib::error& failure) noexcept {
  return failure.domain == nanolib::error_domain::sys &&
         (failure.code == EADDRNOTAVAIL || failure.code == EAFNOSUPPORT);
}

/// Why a place cannot be listened on, and for a Unix socket what to do about it.
std::string reason(const endpoint& where, const std::string& id, const nanonng::net::socket_options& how,
                   const nanolib::error& failure) {
  const std::string text(nanolib::describe(failure));
  if (where.kind != endpoint::transport::unix_socket) return text;
  if (failure == nanolib::error{nanolib::error_domain::config, EINVAL}) {
    std::string asked;
    if (!how.owner.empty()) asked = "unix_owner = " + how.owner;
    if (!how.group.empty()) asked += (asked.empty() ? "" : ", ") + ("unix_group = " + how.group);
    return "listener " + id + " has " + asked + ", and this machine knows no such one";
  }
  if (failure.code == EADDRINUSE) {
    return text +
           ": another program listens there, or a file that is no socket is in the way; name another path or remove it";
  }
  return text;
}

}  // namespace

listening describe(const open_listener& one) {
  const listener_options& options = one.by->options;
  std::string path = options.is_websocket() && !options.any_path ? options.path : std::string();
  return {one.by->id, options.kind, one.socket->where(), std::move(path)};
}

// As itself, or as one that is to follow it.
bool listener_set::has(const open_listener& which) const noexcept {
  return std::ranges::any_of(places_, [&](const place& one) {
    return one.there.socket == which.socket || one.there.socket->predecessor() == which.socket ||
           (which.socket->predecessor() != nullptr && which.socket->predecessor() == one.there.socket);
  });
}

std::vector<std::string> listener_set::take_over() {
  std::vector<std::string> lines;
  for (place& one : places_) {
    const auto before = one.there.socket->predecessor();
    if (before == nullptr) continue;
    const auto done = one.there.socket->take_over();
    if (done) continue;
    one.there.socket = before;
    lines.push_back(one.there.by->id + " keeps the socket options of " + describe(one.there).url() + ": " +
                    std::string(nanolib::describe(done.error())) + "; they need a restart");
  }
  return lines;
}

// One that was opened for this address and is not taken yet. "Any free port" is another one for each listener.
const listener_set::place* listener_set::find(const endpoint& wanted, const std::string& id,
                                              const listener_set& taken) const noexcept {
  const auto found = std::ranges::find_if(places_, [&](const place& one) {
    const bool same =
        one.wanted.kind == wanted.kind && one.wanted.host == wanted.host && one.wanted.port == wanted.port;
    const bool any_port = wanted.kind == endpoint::transport::tcp && wanted.port == 0;
    return same && (!any_port || one.there.by->id == id) && !taken.has(one.there);
  });
  return found == places_.end() ? nullptr : &*found;
}

std::shared_ptr<listener_counts> listener_set::counts_of(const std::string& id) const {
  const auto found = std::ranges::find(places_, id, [](const place& one) { return one.there.by->id; });
  return found != places_.end() ? found->there.by->counts : std::make_shared<listener_counts>();
}

nanolib::result<void> listener_set::add(const listener_set& before, const endpoint& where, bool may_be_missing,
                                        const std::shared_ptr<const listener_profile>& by, std::string& why) {
  const place* const known = before.find(where, by->id, *this);
  if (known != nullptr && known->there.socket->how() == by->options.socket) {
    places_.push_back({where, {known->there.socket, by}});
    return {};
  }
  if (known != nullptr) {
    auto renewed = nanonng::net::listening_socket::renewed(known->there.socket, by->options.socket);
    if (renewed) {
      places_.push_back({where, {std::move(*renewed), by}});
      return {};
    }
    why = by->id + ": " + reason(where, by->id, by->options.socket, renewed.error());
    return std::unexpected(renewed.error());
  }
  auto socket = nanonng::net::listening_socket::open(where, by->options.socket);
  if (socket) {
    places_.push_back({where, {std::move(*socket), by}});
    return {};
  }
  if (may_be_missing && has_no_such_family(socket.error())) return {};
  why = "cannot listen on " + listening{by->id, by->options.kind, where, {}}.url() + ": " +
        reason(where, by->id, by->options.socket, socket.error());
  return std::unexpected(socket.error());
}

nanolib::result<listener_set> listener_set::changed_to(const std::vector<listener_options>& wanted,
                                                       const limits& bounds, std::string& why) const {
  listener_set made;
  for (const listener_options& one : wanted) {
    if (!one.enable) continue;
    auto profile = make_profile(one, bounds, counts_of(one.id()), why);
    if (!profile) return std::unexpected(profile.error());
    for (const endpoint& each : one.places()) {
      const bool may_be_missing = one.bind.empty() && each.host == "::1";
      if (const auto added = made.add(*this, each, may_be_missing, *profile, why); !added) {
        return std::unexpected(added.error());
      }
    }
  }
  if (!made.places_.empty()) return made;
  why = "there is nothing to listen on: no listener is enabled";
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

std::vector<std::string> listener_set::differences_from(const listener_set& before) const {
  std::vector<std::string> lines;
  for (const place& one : before.places_) {
    if (!has(one.there)) lines.push_back(one.there.by->id + " no longer listens on " + describe(one.there).url());
  }
  const listener_profile* last = nullptr;
  for (const place& one : places_) {
    const listener_profile* const by = one.there.by.get();
    if (!before.has(one.there)) {
      lines.push_back(by->id + " listens on " + describe(one.there).url());
    } else if (by->tls && by != last) {
      lines.push_back(by->id + " has read its certificates again");
    }
    last = by;
  }
  return lines;
}

std::shared_ptr<const open_listeners> listener_set::open() const {
  open_listeners all;
  for (const place& one : places_) all.push_back(one.there);
  return std::make_shared<const open_listeners>(std::move(all));
}

std::vector<listening> listener_set::places() const {
  std::vector<listening> all;
  for (const place& one : places_) all.push_back(describe(one.there));
  return all;
}

}  // namespace nanomq::broker
