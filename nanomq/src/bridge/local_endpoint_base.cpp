#include "bridge/local_endpoint_base.hpp"

#include <nng/nng.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "nanomq/bridge/local_endpoint.hpp"

namespace nanomq::bridge {

using nanonng::net::sp_message;
using nanonng::net::sp_protocol;
using nanonng::net::sp_socket;

namespace {

/// How long nng gets to write what it has taken, as in nngcat.
constexpr nanolib::duration farewell{200};
/// nng cuts off a peer that sends more than this, without a word. What is smaller, and larger than the limit that somebody
/// has set, is refused and counted.
constexpr std::uint64_t cut_off_above = std::uint64_t{64} * 1024 * 1024;
constexpr int peer_buffer = 8'192;

// The one code that the program tells from others.
nanolib::error as_ours(const nanolib::error& what) noexcept {
  const bool in_use = what.domain == nanolib::error_domain::nng && what.code == NNG_EADDRINUSE;
  return in_use ? nanolib::error{nanolib::error_domain::sys, EADDRINUSE} : what;
}

std::unexpected<nanolib::error> say(std::string& why, const std::string& what, const nanolib::error& error) {
  why = what + ": " + nanonng::net::sp_error_text(error);
  return std::unexpected(as_ours(error));
}

}  // namespace

local_endpoint_base::local_endpoint_base(sp_endpoint_options options, sp_rules rules, nanolib::log& log)
    : options_(std::move(options)), rules_(std::move(rules)), log_(log) {}

nanolib::result<void> local_endpoint_base::on_attached(broker::local_port& port, std::string& why) {
  port_ = &port;
  if (auto opened = open_socket(why); !opened) return opened;
  if (const auto opened = open_channel(); !opened) return say(why, "cannot open the socket", opened.error());
  return open_urls(why);
}

nanolib::result<void> local_endpoint_base::open_socket(std::string& why) {
  nanonng::net::sp_socket_options how;
  how.maximum_message_size = std::max(cut_off_above, options_.max_message_size * 2);
  how.peer_buffer =
      std::clamp(static_cast<int>(std::min<std::uint32_t>(options_.max_queue_messages, peer_buffer)), 1, peer_buffer);
  how.reconnect_minimum = options_.redial_backoff;
  how.reconnect_maximum = options_.redial_max_backoff;
  how.tls = {.ca = options_.tls_ca_file, .certificate_key = options_.tls_certificate_key_file};
  auto made = sp_socket::open(loop(), options_.protocol, how, this);
  if (!made) return say(why, "cannot open the socket", made.error());
  socket_ = *std::move(made);
  if (options_.protocol != sp_protocol::sub0) return {};
  for (const auto& prefix : rules_.sp_prefixes()) {
    if (const auto done = socket_->subscribe(prefix); !done) return say(why, "cannot subscribe", done.error());
  }
  return {};
}

nanolib::result<void> local_endpoint_base::open_urls(std::string& why) {
  for (const auto& url : options_.listen) {
    const auto bound = socket_->listen(url);
    if (!bound) return say(why, "cannot listen on " + url, bound.error());
    log_.event(nanolib::log_component::bridge, nanolib::log_level::info, "sp_listening",
               {{"peer", name_of(options_)}, {"url", *bound}});
  }
  for (const auto& url : options_.dial) {
    if (const auto done = socket_->dial(url); !done) return say(why, "cannot dial " + url, done.error());
  }
  return {};
}

void local_endpoint_base::on_peers(std::size_t now) noexcept {
  peers_.set(now);
  log_.event(nanolib::log_component::bridge, nanolib::log_level::info, "sp_peers",
             {{"peer", options_.name}, {"now", now}});
}

void local_endpoint_base::on_listener_renewed(const std::string& url) noexcept {
  renewed_listeners_.add();
  log_.event(nanolib::log_component::bridge, nanolib::log_level::warn, "sp_listener_renewed",
             {{"peer", options_.name}, {"url", url}});
}

void local_endpoint_base::on_dial_failed(const nanonng::net::sp_dial_failure& how) noexcept {
  failed_dials_.add();
  if (!how.is_news) return;
  log_.event(nanolib::log_component::bridge, nanolib::log_level::warn, "sp_dial_failed",
             {{"peer", options_.name}, {"url", how.url}, {"why", how.why}, {"attempts", how.in_a_row}});
}

void local_endpoint_base::on_dialed(const std::string& url, std::uint64_t failures) noexcept {
  log_.event(nanolib::log_component::bridge, nanolib::log_level::info, "sp_dialed",
             {{"peer", options_.name}, {"url", url}, {"failures", failures}});
}

// ---------------------------------------------------------------------------------------------------- messages

local_endpoint_base::outcome local_endpoint_base::publish(nanolib::bytes body, nanolib::bytes properties) noexcept {
  outcome sum;
  bool fits_any = false;
  for (const auto& rule : rules_.subscriptions()) {
    if (!nanolib::as_text(body).starts_with(rule.prefix)) continue;
    fits_any = true;
    try {
      const auto found = rule.mapping.to_mqtt(body, scratch_);
      if (!found) {
        refuse(found.error());
        continue;
      }
      nanolib::publication what;
      what.topic = found->topic;
      what.payload = found->payload;
      what.properties = properties;
      what.qos = rule.qos;
      what.retain = rule.retain;
      const auto how = port_->publish(what);
      sum.routed |= how.reason == nanonng::mqtt::reason_code::success;
      sum.congested |= how.congested;
    } catch (const std::bad_alloc&) {
      no_memory_.add();
    }
  }
  if (!fits_any) refuse(sp_refusal::no_rule);
  return sum;
}

sp_message local_endpoint_base::message_for(const sp_rules::forward& rule, const nanolib::publication& what) noexcept {
  try {
    const auto head = rule.mapping.to_sp(what.topic, what.payload.size(), scratch_);
    if (!head) {
      refuse(head.error());
      return {};
    }
    sp_message made = sp_message::create(*head, what.payload);
    if (!made) no_memory_.add();
    return made;
  } catch (const std::bad_alloc&) {
    no_memory_.add();
    return {};
  }
}

// ---------------------------------------------------------------------------------------------------- its end

void local_endpoint_base::note_sent() noexcept {
  last_sent_ = loop().now();
  if (stopping_) loop().timers().set(farewell_, last_sent_ + farewell);
}

void local_endpoint_base::begin_stop() noexcept {
  stopping_ = true;
  loop().timers().set(farewell_, loop().now() + farewell);
}

bool local_endpoint_base::is_idle() const noexcept {
  return peers_.get() == 0 || (under_way() == 0 && loop().now() >= last_sent_ + farewell);
}

std::vector<broker::local_peer::figure> local_endpoint_base::figures() const {
  std::vector<figure> all{{"peers", peers_.get()},
                          {"renewed_listeners", renewed_listeners_.get()},
                          {"failed_dials", failed_dials_.get()},
                          {"refused/no_memory", no_memory_.get()}};
  // In the order of the enumeration.
  constexpr std::array<std::string_view, sp_refusal_count> names{"refused/too_large", "refused/no_delimiter",
                                                                 "refused/no_topic",  "refused/not_permitted",
                                                                 "refused/no_rule",   "refused/ambiguous"};
  for (std::size_t index = 0; index < names.size(); ++index) all.emplace_back(names[index], refused_[index].get());
  return all;
}

}  // namespace nanomq::bridge
