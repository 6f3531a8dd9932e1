#include "nanomq/config/settings.hpp"

#include <algorithm>

namespace nanomq::config {

using nanomq::broker::listener_kind;
using nanomq::broker::listener_options;
using nanomq::broker::listening;

namespace {

void borrow_tls(listener_options& into, const listener_options& from) {
  into.certificate = from.certificate;
  into.more_certificates = from.more_certificates;
  into.verify_peer = from.verify_peer;
  into.fail_if_no_peer_cert = from.fail_if_no_peer_cert;
  into.tls = from.tls;
}

}  // namespace

std::vector<listener_options> effective_listeners(const settings& from) {
  std::vector<listener_options> all = from.broker.listeners;
  const bool says_nothing_of_plain = std::ranges::none_of(
      all, [](const auto& one) { return one.enable || (one.kind == listener_kind::tcp && one.name.empty()); });
  if (says_nothing_of_plain) all.emplace_back();
  const auto ssl = std::ranges::find_if(
      all, [](const auto& one) { return one.kind == listener_kind::ssl && one.name.empty() && one.has_credentials(); });
  if (ssl == all.end()) return all;
  for (listener_options& one : all) {
    if (one.kind == listener_kind::wss && !one.has_credentials()) borrow_tls(one, *ssl);
  }
  return all;
}

std::vector<listening> places_of(const std::vector<listener_options>& listeners) {
  std::vector<listening> all;
  for (const listener_options& one : listeners) {
    if (!one.enable) continue;
    for (const auto& where : one.places())
      all.push_back({one.id(), one.kind, where, one.is_websocket() ? one.path : ""});
  }
  return all;
}

bool is_far(const listening& place, const std::vector<listener_options>& listeners) noexcept {
  if (!place.where.is_local()) return true;
  const auto of = std::ranges::find(listeners, place.id, &listener_options::id);
  return of != listeners.end() && of->proxy_protocol;
}

const listening* exposed_listener(const std::vector<listening>& places, const std::vector<listener_options>& listeners,
                                  bool allow_anonymous) noexcept {
  const auto is_exposed = [&](const listening& place) {
    if (!is_far(place, listeners)) return false;
    const auto of = std::ranges::find(listeners, place.id, &listener_options::id);
    if (of == listeners.end()) return !allow_anonymous;
    return !of->allow_anonymous.value_or(allow_anonymous) && !of->authenticates();
  };
  const auto found = std::ranges::find_if(places, is_exposed);
  return found == places.end() ? nullptr : &*found;
}

}  // namespace nanomq::config
