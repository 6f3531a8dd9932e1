// Brokers with users and rules.
#pragma once

#include "broker_fixture.hpp"
#include "nanomq/access/access_control.hpp"
#include "nanomq/access/rule_reader.hpp"

namespace nanomq::broker::testing {

using nanomq::access::access_control;

struct wanted {
  std::string rules = {};  ///< in HOCON, without the list's brackets; empty: none
  std::string users = "{ann = pw, bob = pw, root = pw}";
  bool disconnects = false;
  bool binds_sessions = true;
  bool rechecks_retained = false;
};

inline std::shared_ptr<const access> made(const wanted& from) {
  std::string why;
  std::string warning;
  access_control::parts parts;
  const auto users = nanomq::config::read_hocon("users = " + from.users, "users", why);
  if (!users) throw support::expectation_failed(why);
  auto read = nanomq::access::password_file::read_plain(*users, *users->root.find("users"), warning, why);
  if (!read) throw support::expectation_failed(why);
  parts.chain.push_back(nanomq::access::make_password_authenticator(
      std::make_shared<const nanomq::access::password_file>(std::move(*read))));
  if (!from.rules.empty()) {
    auto rules = nanomq::access::read_rules("rules = [" + from.rules + "]", "acl", why);
    if (!rules) throw support::expectation_failed(why);
    auto compiled = nanomq::access::rule_set::compile(std::move(rules->rules), false, why);
    if (!compiled) throw support::expectation_failed(why);
    parts.rules = std::make_unique<const nanomq::access::rule_set>(std::move(*compiled));
  }
  parts.allow_anonymous = true;
  parts.disconnects_denied = from.disconnects;
  parts.binds_sessions = from.binds_sessions;
  parts.rechecks_retained = from.rechecks_retained;
  return std::make_shared<const access_control>(std::move(parts), std::make_shared<nanomq::access::worker_pool>(1, 1));
}

inline const std::string root = "{permit = allow, username = root}";
/// Ann may read what begins with a, but for one topic.
inline const std::string part = root +
                                R"(, {permit = deny, action = subscribe, topics = ["a/secret"]},
                             {permit = allow, username = ann, topics = ["a/#"]},
                             {permit = allow, username = bob, topics = ["a/#"]})";

class rights : public ::testing::Test {
 protected:
  static broker_options with(const wanted& from, std::uint32_t shards = 2) {
    broker_options options = options_with(shards);
    options.access = made(from);
    return options;
  }
  static raw_client join(const running& subject, const std::string& user, const std::string& id,
                         connect_packet packet = {}, version v = version::v5) {
    packet.user_name = user;
    packet.password = "pw";
    return subject.join(id, packet, v);
  }
  static unsigned code_of(raw_client& client, const std::string& filter) {
    const unsigned id = client.fresh_id();
    client.send(subscribe_packet{.id = id, .filters = {{filter, 1}}});
    return client.expect(support::SUBACK).codes.at(0);
  }
  static connect_packet lasting(bool clean = true) {
    return {.clean_start = clean, .props = properties().u32(property::session_expiry_interval, 1'000)};
  }
  static void publish(raw_client& from, const std::string& topic, const std::string& payload, bool retain = false) {
    from.publish({.topic = topic, .payload = payload, .qos = 1, .id = from.fresh_id(), .retain = retain});
  }
  /// Both, and only the second may arrive.
  static void publish_both(raw_client& from, bool retain = false) {
    publish(from, "a/secret", "no", retain);
    publish(from, "a/known", "yes", retain);
  }
};

}  // namespace nanomq::broker::testing
