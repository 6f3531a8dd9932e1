// What becomes of messages.
#include "examination.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {

using nanolib::quality_of_service;
using nanonng::mqtt::name_of;
using nanonng::mqtt::reason_code;

namespace {

std::string refused(const char* packet, reason_code reason) {
  return text("%s: %s (0x%02X)", packet, std::string{name_of(reason)}.c_str(), static_cast<unsigned>(reason));
}

}  // namespace

void examination::examine_messages() {
  group("Messages");
  const auto at = connected("messages");
  if (!at) return;
  asking_ = at.get();
  using enum quality_of_service;
  for (const auto qos : {at_most_once, at_least_once, exactly_once}) {
    at->forget_denial();
    if (wanted() && at->is_open()) examine_qos(*at, qos);
  }
  const std::initializer_list<void (examination::*)(probe&)> steps{
      &examination::examine_retained,    &examination::examine_wildcards, &examination::examine_shared,
      &examination::examine_identifiers, &examination::examine_no_local,  &examination::examine_aliases};
  for (const auto step : steps) {
    if (!wanted()) break;
    at->forget_denial();
    if (!at->is_open()) {
      asking_ = nullptr;
      return note("the rest", finding::kind::unknown, {}, "the broker ended the connection: " + at->fault());
    }
    (this->*step)(*at);
  }
  asking_ = nullptr;
  at->close();
}

/// There and back, with the same QoS both ways.
void examination::examine_qos(probe& at, quality_of_service qos) {
  const std::string level = std::to_string(static_cast<int>(qos));
  const std::string name = "QoS " + level;
  if (qos > limits_.maximum_qos) return note(name, finding::kind::no, {}, "the broker says that it does not have it");
  const std::string where = topic("qos" + level);
  const auto granted = at.subscribe({.filter = where, .qos = qos});
  if (!granted) return broken(name, at.fault());
  if (is_error(*granted)) {
    return note(name, finding::kind::no, {},
                refused("SUBACK", *granted) + "; do the access rules allow " + where + "?");
  }
  at.forget_messages();
  const auto taken = at.publish(where, "there and back", qos);
  if (!taken) return broken(name, at.fault());
  if (is_error(*taken)) return note(name, finding::kind::no, {}, refused("the answer to PUBLISH", *taken));
  const auto message = at.receive();
  if (!message) {
    const std::string fault = at.fault();
    // Of QoS 0 nobody is told that it may not be.
    if (qos == quality_of_service::at_most_once && at.is_open()) {
      static_cast<void>(at.publish(where, "may it?", quality_of_service::at_least_once));
    }
    return broken(name, "subscribed and published, but " + fault);
  }
  if (message->payload != "there and back" || message->topic != where) return broken(name, "another message came back");
  const auto least = std::min(qos, static_cast<quality_of_service>(*granted));
  if (message->qos != least) return broken(name, "it came back with another QoS");
  if (least < qos)
    return note(name, finding::kind::no, {}, "the broker grants QoS " + std::to_string(static_cast<int>(least)));
  yes(name);
}

void examination::examine_retained(probe& at) {
  const char* const name = "retained messages";
  if (!limits_.retain_available) return note(name, finding::kind::no, {}, "the broker says that it does not have them");
  const std::string where = topic("retained");
  const auto kept = at.publish(where, "kept", quality_of_service::at_least_once, true);
  if (!kept) return broken(name, at.fault());
  if (is_error(*kept)) return note(name, finding::kind::no, {}, refused("PUBACK", *kept));
  at.forget_messages();
  const auto granted = at.subscribe({.filter = where});
  const auto message = granted ? at.receive() : std::nullopt;
  if (!message) {
    broken(name, "it was published before the subscription, and " + at.fault());
  } else if (!message->retain) {
    broken(name, "it came without its flag");
  } else {
    yes(name);
  }
  static_cast<void>(at.publish(where, {}, quality_of_service::at_least_once, true));
  at.forget_messages();
}

void examination::examine_wildcards(probe& at) {
  const char* const name = "wildcards + and #";
  if (!limits_.wildcard_subscriptions)
    return note(name, finding::kind::no, {}, "the broker says that it does not have them");
  std::size_t come = 0;
  for (const char* const end : {"+/leaf", "branch/#"}) {
    const auto granted = at.subscribe({.filter = topic("tree/") + end});
    if (!granted) return broken(name, at.fault());
    if (is_error(*granted)) return note(name, finding::kind::no, {}, refused("SUBACK", *granted));
  }
  at.forget_messages();
  static_cast<void>(at.publish(topic("tree/one/leaf"), "+", quality_of_service::at_least_once));
  static_cast<void>(at.publish(topic("tree/branch/a/b"), "#", quality_of_service::at_least_once));
  while (come < 2 && at.receive()) ++come;
  if (come == 2) {
    yes(name);
  } else {
    broken(name, "a message that matches did not come: " + at.fault());
  }
}

/// Of two members of a group one gets each message.
void examination::examine_shared(probe& at) {
  const char* const name = "shared subscriptions";
  if (!limits_.shared_subscriptions)
    return note(name, finding::kind::no, {}, "the broker says that it does not have them");
  const std::string filter = "$share/doctor/" + topic("shared");
  const auto other = connected("member");
  if (!other) return;
  for (probe* const member : {&at, other.get()}) {
    const auto granted = member->subscribe({.filter = filter});
    if (!granted) return note(name, finding::kind::no, {}, member->fault());
    if (is_error(*granted)) return note(name, finding::kind::no, {}, refused("SUBACK", *granted));
    member->forget_messages();
  }
  constexpr int messages = 10;
  // The last one comes to both: what has not come before it does not come.
  const std::string fence = topic("fence");
  for (probe* const member : {&at, other.get()}) static_cast<void>(member->subscribe({.filter = fence}));
  for (int sent = 0; sent < messages; ++sent) {
    static_cast<void>(at.publish(topic("shared"), "shared", quality_of_service::at_least_once));
  }
  static_cast<void>(at.publish(fence, "fence", quality_of_service::at_least_once));
  int come = 0;
  for (probe* const member : {&at, other.get()}) {
    for (auto message = member->receive(); message && message->payload != "fence"; message = member->receive()) ++come;
  }
  if (come == messages) {
    yes(name);
  } else if (come == 0) {
    note(name, finding::kind::no, {}, "the filter was granted and nothing came: it is taken for an ordinary topic");
  } else {
    broken(name, text("of %d messages %d came to the two members together", messages, come));
  }
  other->close();
}

void examination::examine_identifiers(probe& at) {
  if (!is_v5()) return;
  const char* const name = "subscription identifiers";
  if (!limits_.subscription_identifiers)
    return note(name, finding::kind::no, {}, "the broker says that it does not have them");
  constexpr std::uint32_t number = 268'435'455;
  const auto granted = at.subscribe({.filter = topic("identified")}, number);
  if (!granted) return broken(name, at.fault());
  if (is_error(*granted)) return note(name, finding::kind::no, {}, refused("SUBACK", *granted));
  at.forget_messages();
  static_cast<void>(at.publish(topic("identified"), "id", quality_of_service::at_least_once));
  const auto message = at.receive();
  if (!message) return broken(name, at.fault());
  if (message->subscription_identifier != number) return broken(name, "the message came without the identifier");
  yes(name);
}

void examination::examine_no_local(probe& at) {
  if (!is_v5()) return;
  const char* const name = "no local";
  const auto granted = at.subscribe({.filter = topic("local"), .no_local = true});
  const auto fenced = at.subscribe({.filter = topic("after")});
  if (!granted || !fenced) return broken(name, at.fault());
  at.forget_messages();
  static_cast<void>(at.publish(topic("local"), "mine", quality_of_service::at_least_once));
  static_cast<void>(at.publish(topic("after"), "fence", quality_of_service::at_least_once));
  const auto message = at.receive();
  if (message && message->payload == "fence") return yes(name);
  broken(name, message ? "an own message came back" : at.fault());
}

/// The second message goes without its topic: the machine has given it an alias.
void examination::examine_aliases(probe& at) {
  if (!is_v5()) return;
  const char* const name = "topic aliases";
  if (limits_.topic_alias_maximum == 0) return note(name, finding::kind::no, {}, "the broker takes none");
  static_cast<void>(at.subscribe({.filter = topic("alias")}));
  at.forget_messages();
  for (const char* const payload : {"first", "second"}) {
    static_cast<void>(at.publish(topic("alias"), payload, quality_of_service::at_least_once));
    const auto message = at.receive();
    if (!message || message->topic != topic("alias") || message->payload != payload) {
      return broken(name, message ? "a message came back under another topic" : at.fault());
    }
  }
  yes(name);
}

}  // namespace nanomq::tools
