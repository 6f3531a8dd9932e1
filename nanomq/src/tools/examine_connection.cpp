// Who may connect, how, and what is kept of it.
#include <array>

#include "examination.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {

using nanolib::quality_of_service;
using nanonng::mqtt::protocol_version;
using nanonng::mqtt::reason_code;

namespace {

/// Dials one address and hangs up.
class reach final : public dial_handler {
 public:
  void on_dialed(std::unique_ptr<nanonng::net::stream> over) noexcept override {
    peer = over->peer();
    is_over = true;
  }
  void on_dial_failed(nanolib::error why) noexcept override {
    error = why;
    is_over = true;
  }

  bool is_over = false;
  std::string peer;
  nanolib::error error{};
};

std::string name_of_version(protocol_version version) {
  if (version == protocol_version::v5) return "MQTT 5.0";
  return version == protocol_version::v3_1_1 ? "MQTT 3.1.1" : "MQTT 3.1";
}

std::string with_advice(const failure& why) {
  const std::string_view todo = advice(why);
  return describe(why) + (todo.empty() ? "" : "; " + std::string{todo});
}

}  // namespace

bool examination::examine_reach() {
  group("Connection");
  bool reached = false;
  for (const socket_address& each : request_.addresses) {
    reach attempt;
    load_dialer dialing(*room_.loop, attempt);
    const auto begun = std::chrono::steady_clock::now();
    if (const auto started = dialing.start(each); !started) {
      attempt.error = started.error();
    } else if (!room_.wait([&] { return attempt.is_over; })) {
      attempt.error = {nanolib::error_domain::sys, ETIMEDOUT};
    }
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begun;
    if (attempt.peer.empty()) {
      note("reachable", finding::kind::no, {}, with_advice({.what = failure::kind::dial, .error = attempt.error}));
      continue;
    }
    yes("reachable", text("%s in %.2f ms", attempt.peer.c_str(), taken.count()));
    if (!reached) room_.target = each;
    reached = true;
  }
  return reached;
}

bool examination::examine_versions() {
  if (room_.layers.tls) group("MQTT");
  bool accepted = false;
  std::string last;
  for (const auto version : {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5}) {
    version_ = version;
    probe trial(room_, identity("version"));
    if (const auto opened = trial.open(); !opened) {
      note(name_of_version(version), finding::kind::no, {}, last = with_advice(opened.error()));
      continue;
    }
    trial.close();
    yes(name_of_version(version));
    accepted = true;
  }
  if (!accepted) return false;
  // The rest is asked in the highest one that is there.
  for (const auto version : {protocol_version::v3_1, protocol_version::v3_1_1, protocol_version::v5}) {
    const auto found = std::ranges::find(report_.findings, name_of_version(version), &finding::name);
    if (found->state == finding::kind::yes) version_ = version;
  }
  return true;
}

void examination::examine_anonymous() {
  if (!request_.has_user_name) {
    return note("without a user name", finding::kind::yes, {}, "whoever reaches the port may connect");
  }
  probe trial(room_, identity("nobody", false));
  const auto opened = trial.open();
  if (opened) {
    trial.close();
    return note("without a user name", finding::kind::yes, {},
                "the user name and password that you gave are not needed");
  }
  note("without a user name", finding::kind::no, {}, describe(opened.error()));
}

void examination::examine_client_ids() {
  if (version_ != protocol_version::v3_1) {
    probe_identity who = identity({});
    who.client_id.clear();
    probe trial(room_, who);
    if (const auto opened = trial.open(); opened) {
      const std::string& given = trial.connack().assigned_client_id;
      yes("empty client id", given.empty() ? "" : "becomes " + given);
      trial.close();
    } else {
      note("empty client id", finding::kind::no, {}, describe(opened.error()));
    }
  }
  const auto works = [&](std::uint64_t length) {
    probe_identity who = identity({});
    who.client_id.resize(length, 'x');
    probe trial(room_, who);
    if (!trial.open()) return false;
    trial.close();
    return true;
  };
  constexpr std::uint64_t always_allowed = 23;
  constexpr std::uint64_t longest = 65'535;
  note("client id up to", finding::kind::limit, in_bytes(find_largest(always_allowed, longest, 1, works)));
}

/// What the broker says about itself. Before MQTT 5 it says nothing.
void examination::examine_welcome() {
  group("Announced");
  if (!is_v5()) return note("limits", finding::kind::unknown, {}, "brokers tell them in MQTT 5 only");
  constexpr std::uint32_t a_year_s = 365U * 24 * 3600;
  probe_identity who = identity("welcome");
  who.session_expiry_s = a_year_s;
  who.keep_alive_s = 0xFFFF;
  probe trial(room_, who);
  if (const auto opened = trial.open(); !opened) {
    return note("limits", finding::kind::unknown, {}, describe(opened.error()));
  }
  limits_ = trial.limits();
  names_packet_size_ = trial.connack().names_packet_size;
  const auto available = [&](const char* name, bool has) {
    note(name, has ? finding::kind::yes : finding::kind::no, {}, has ? "" : "the broker says that it does not have it");
  };
  note("packets up to", finding::kind::limit,
       names_packet_size_ ? in_bytes(limits_.maximum_packet_size) : "no limit announced");
  note("receive maximum", finding::kind::limit, grouped(limits_.receive_maximum),
       "QoS 1 and 2 messages that a client may have under way to the broker");
  note("topic aliases", limits_.topic_alias_maximum == 0 ? finding::kind::no : finding::kind::limit,
       grouped(limits_.topic_alias_maximum));
  note("QoS up to", finding::kind::limit, std::to_string(static_cast<int>(limits_.maximum_qos)));
  available("retained messages", limits_.retain_available);
  available("wildcards", limits_.wildcard_subscriptions);
  available("shared subscriptions", limits_.shared_subscriptions);
  available("subscription identifiers", limits_.subscription_identifiers);
  note("sessions kept for", finding::kind::limit, grouped(limits_.session_expiry_s) + " s",
       limits_.session_expiry_s < a_year_s ? "less than the year that was asked for" : "a year was asked for");
  note("keep alive", finding::kind::limit, grouped(limits_.keep_alive_s) + " s",
       trial.connack().names_keep_alive ? "the broker's, instead of the 65 535 s that were asked for"
                                        : "65 535 s were asked for");
  trial.close();
}

void examination::examine_session() {
  group("Sessions");
  probe_identity who = identity("session");
  who.clean_start = false;
  who.session_expiry_s = 120;
  probe first(room_, who);
  const std::string name = topic("session");
  if (!first.open() || !first.subscribe({.filter = name, .qos = quality_of_service::at_least_once})) {
    return note("kept messages", finding::kind::unknown, {}, first.fault());
  }
  first.leave();
  const auto sender = connected("sender");
  if (!sender) return;
  static_cast<void>(sender->publish(name, "kept", quality_of_service::at_least_once));
  probe again(room_, who);
  if (const auto opened = again.open(); !opened) {
    return note("kept messages", finding::kind::unknown, {}, describe(opened.error()));
  }
  if (version_ != protocol_version::v3_1 && !again.connack().session_present) {
    note("kept messages", finding::kind::no, {}, "the session was gone when its client came back");
  } else if (again.receive()) {
    yes("kept messages");
  } else {
    broken("kept messages", "the session was there, and the message for it was not: " + again.fault());
  }
  again.close();
  // Before MQTT 5 a session ends with a clean one of the same client.
  who.clean_start = true;
  who.session_expiry_s = 0;
  probe last(room_, who);
  if (last.open()) last.close();
  sender->close();
}

void examination::examine_will() {
  probe_identity who = identity("will");
  who.will_topic = topic("will");
  const auto heir = connected("heir");
  if (!heir) return;
  probe mortal(room_, who);
  if (const auto opened = mortal.open(); !opened) {
    return note("wills", finding::kind::unknown, {}, describe(opened.error()));
  }
  if (!heir->subscribe({.filter = who.will_topic})) return note("wills", finding::kind::unknown, {}, heir->fault());
  mortal.drop();
  if (heir->receive()) {
    yes("wills");
  } else {
    broken("wills", "a client was lost and its will did not come: " + heir->fault());
  }
  heir->close();
}

}  // namespace nanomq::tools
