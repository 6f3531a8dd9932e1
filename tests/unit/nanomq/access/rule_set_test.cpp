#include "nanomq/access/rule_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "nanolib/topic/topic.hpp"
#include "nanomq/access/rule_reader.hpp"

namespace nanomq::access {
namespace {

enum class unmatched { allow, deny };

rule_set compiled(std::vector<rule> rules, unmatched rest = unmatched::deny) {
  std::string why;
  auto made = rule_set::compile(std::move(rules), rest == unmatched::allow, why);
  EXPECT_TRUE(made) << why;
  return std::move(*made);
}

// From HOCON: {permit = allow, …}
rule_set rules(const std::string& text, unmatched rest = unmatched::deny) {
  std::string why;
  const auto read = read_rules("rules = [" + text + "]", "acl", why);
  EXPECT_TRUE(read) << why;
  return compiled(read ? read->rules : std::vector<rule>{}, rest);
}

subject user(std::string_view name, std::string_view client = "c", std::string_view address = "127.0.0.1") {
  return {name, client, *parse_address(address)};
}

TEST(rule_set, lets_the_first_rule_that_matches_decide) {
  const auto set =
      rules(R"({permit=deny, topics=["a/secret"]}, {permit=allow, topics=["a/#"]}, {permit=deny, topics=["a/b"]})");
  EXPECT_FALSE(set.check_publish(user("u"), "a/secret").allowed);
  EXPECT_TRUE(set.check_publish(user("u"), "a/b").allowed);
  EXPECT_TRUE(set.check_publish(user("u"), "a").allowed);
  EXPECT_FALSE(set.check_publish(user("u"), "b").allowed);
  EXPECT_EQ(set.check_publish(user("u"), "a/b").rule, 1U);
  EXPECT_EQ(set.check_publish(user("u"), "b").why, decision::reason::no_match);
}

TEST(rule_set, does_with_what_no_rule_is_about_as_it_was_told) {
  EXPECT_FALSE(rules("").check_publish(user("u"), "a").allowed);
  EXPECT_TRUE(rules("", unmatched::allow).check_publish(user("u"), "a").allowed);
  EXPECT_TRUE(rules("", unmatched::allow).check_subscribe(user("u"), "#").allowed);
}

TEST(rule_set, tells_publishing_from_subscribing) {
  const auto set = rules(R"({permit=allow, action=publish, topics=[p]}, {permit=allow, action=subscribe, topics=[s]},
                            {permit=allow, action=pubsub, topics=[b]})");
  EXPECT_TRUE(set.check_publish(user("u"), "p").allowed && set.check_subscribe(user("u"), "s").allowed);
  EXPECT_FALSE(set.check_publish(user("u"), "s").allowed || set.check_subscribe(user("u"), "p").allowed);
  EXPECT_TRUE(set.check_publish(user("u"), "b").allowed && set.check_subscribe(user("u"), "b").allowed);
}

TEST(rule_set, asks_who_it_is) {
  const auto set = rules(R"({permit=allow, username=u, topics=[user]}, {permit=allow, clientid=c1, topics=[client]},
    {permit=allow, ipaddr="10.0.0.0/8", topics=[net]}, {permit=allow, username=u, clientid=c1, topics=[both]},
    {permit=allow, or=[{username=x}, {and=[{username=u}, {ipaddr="10.0.0.1"}]}], topics=[group]},
    {permit=allow, username="#", topics=[everybody]})");
  EXPECT_TRUE(set.check_publish(user("u"), "user").allowed);
  EXPECT_FALSE(set.check_publish(user("v"), "user").allowed);
  EXPECT_FALSE(set.check_publish(user(""), "user").allowed);
  EXPECT_TRUE(set.check_publish(user("v", "c1"), "client").allowed);
  EXPECT_TRUE(set.check_publish(user("v", "c", "10.9.9.9"), "net").allowed);
  EXPECT_FALSE(set.check_publish(user("v", "c", "11.9.9.9"), "net").allowed);
  EXPECT_TRUE(set.check_publish(user("u", "c1"), "both").allowed);
  EXPECT_FALSE(set.check_publish(user("u", "c2"), "both").allowed ||
               set.check_publish(user("v", "c1"), "both").allowed);
  EXPECT_TRUE(set.check_publish(user("x"), "group").allowed);
  EXPECT_TRUE(set.check_publish(user("u", "c", "10.0.0.1"), "group").allowed);
  EXPECT_FALSE(set.check_publish(user("u", "c", "10.0.0.2"), "group").allowed);
  EXPECT_TRUE(set.check_publish(user(""), "everybody").allowed);
}

TEST(rule_set, refuses_a_subscription_that_is_wider_than_what_is_allowed) {
  const auto set = rules(R"({permit=allow, topics=["a/+/c", "b/#"]})");
  for (const char* filter : {"a/b/c", "a/+/c", "b", "b/#", "b/+", "b/+/#", "b/x/y"})
    EXPECT_TRUE(set.check_subscribe(user("u"), filter).allowed) << filter;
  for (const char* filter : {"#", "+", "+/#", "a/#", "a/+/+", "+/b/c", "a/b/#", "a/+/c/#", "+/x"})
    EXPECT_FALSE(set.check_subscribe(user("u"), filter).allowed) << filter;
}

TEST(rule_set, takes_a_literal_topic_for_itself_and_nothing_else) {
  const auto set = rules(R"({permit=deny, action=subscribe, topics=["@#", "@a/+"]}, {permit=allow})");
  EXPECT_FALSE(set.check_subscribe(user("u"), "#").allowed);
  EXPECT_FALSE(set.check_subscribe(user("u"), "a/+").allowed);
  EXPECT_TRUE(set.check_subscribe(user("u"), "a/#").allowed);
  EXPECT_TRUE(set.check_subscribe(user("u"), "a/b").allowed);
  EXPECT_FALSE(set.check_subscribe(user("u"), "+/#").partly);
}

// THREATS 72: what is denied inside of what is allowed is denied live, retained, queued, shared, and after a reload: every
// message of such a subscription is asked about.
TEST(rule_set, keeps_denied_messages_from_a_subscription_that_covers_them) {
  const auto set = rules(R"({permit=deny, topics=["a/secret", "a/+/key"]}, {permit=allow, topics=["a/#"]})");
  const auto wide = set.check_subscribe(user("u"), "a/#");
  EXPECT_TRUE(wide.allowed && wide.partly);
  EXPECT_FALSE(set.may_receive(user("u"), "a/secret", wide));
  EXPECT_FALSE(set.may_receive(user("u"), "a/b/key", wide));
  EXPECT_TRUE(set.may_receive(user("u"), "a/b", wide));
  const auto narrow = set.check_subscribe(user("u"), "a/b");
  EXPECT_TRUE(narrow.allowed);
  EXPECT_FALSE(narrow.partly);
  EXPECT_FALSE(set.check_subscribe(user("u"), "a/secret").allowed);
  EXPECT_FALSE(set.check_subscribe(user("u"), "a/+/key").allowed);
  EXPECT_TRUE(set.check_subscribe(user("u"), "a/+").partly);
  EXPECT_FALSE(set.may_receive(user("u"), "a/b", {}));
}

TEST(rule_set, does_not_let_a_deny_behind_the_allow_take_messages_away) {
  const auto set = rules(R"({permit=allow, topics=["a/#"]}, {permit=deny, topics=["a/b"]})", unmatched::allow);
  const auto wide = set.check_subscribe(user("u"), "a/#");
  EXPECT_TRUE(wide.allowed && !wide.partly);
  EXPECT_TRUE(set.may_receive(user("u"), "a/b", wide));
  const auto wider = set.check_subscribe(user("u"), "#");
  EXPECT_TRUE(wider.allowed && wider.partly);
  EXPECT_TRUE(set.may_receive(user("u"), "a/b", wider));
}

// THREATS 68, 69: a name stands for its letters, never for wildcards, levels or expressions.
TEST(rule_set, never_lets_a_name_be_a_wildcard) {
  const auto set = rules(R"({permit=allow, topics=["d/${clientid}/#", "u/pre-${username}-post", "${clientid}/own"]})");
  EXPECT_TRUE(set.check_publish(user("u", "c1"), "d/c1/x").allowed);
  EXPECT_TRUE(set.check_publish(user("bob"), "u/pre-bob-post").allowed);
  EXPECT_TRUE(set.check_subscribe(user("u", "c1"), "d/c1/#").allowed);
  EXPECT_FALSE(set.check_publish(user("u", "c1"), "d/c2/x").allowed);
  EXPECT_FALSE(set.check_subscribe(user("u", "c1"), "d/+/#").allowed);
  for (const char* name : {"+", "#", "/", "a/#", "a/+", "$SYS", "", "a/b", "+/x", ".*", "^c1$", "(c1|c2)", "c1|c2"}) {
    EXPECT_FALSE(set.check_publish(user("u", name), "d/c1/x").allowed) << name;
    EXPECT_FALSE(set.check_subscribe(user("u", name), "d/+/#").allowed) << name;
    EXPECT_FALSE(set.check_subscribe(user("u", name), "d/#").allowed) << name;
    EXPECT_FALSE(set.check_publish(user(name, "c"), "u/pre-bob-post").allowed) << name;
    EXPECT_FALSE(set.check_publish(user("u", name), "$SYS/own").allowed) << name;
    const bool widens = std::string_view(name).find_first_of("+#/") != std::string_view::npos || *name == '$';
    if (widens) {
      EXPECT_FALSE(set.check_subscribe(user("u", name), std::string(name) + "/own").allowed) << name;
    }
  }
}

// THREATS 68, 85: a certificate's name is letters as well, and nobody has one who has shown no certificate.
TEST(rule_set, knows_clients_by_the_name_in_their_certificate) {
  const auto set = rules(R"({permit=allow, cert_common_name=pump, topics=[one]},
    {permit=allow, topics=["cn/${cert_common_name}/#"]})");
  const auto shown = [](std::string_view name) { return subject{"u", "c", {}, name}; };
  EXPECT_TRUE(set.check_publish(shown("pump"), "one").allowed);
  EXPECT_FALSE(set.check_publish(shown("mill"), "one").allowed);
  EXPECT_FALSE(set.check_publish(user("pump", "pump"), "one").allowed);
  EXPECT_TRUE(set.check_subscribe(shown("mill"), "cn/mill/#").allowed);
  EXPECT_FALSE(set.check_subscribe(shown("mill"), "cn/pump/#").allowed);
  for (const char* name : {"+", "#", "a/b", "$SYS", "", "mill/+"}) {
    EXPECT_FALSE(set.check_subscribe(shown(name), "cn/+/#").allowed) << name;
    EXPECT_FALSE(set.check_publish(shown(name), "cn/mill/x").allowed) << name;
    EXPECT_EQ(set.names_fit(shown(name)), *name == '\0') << name;
  }
}

// What has no listener is about no rule that names one: peers in the process, and clients from before a restart.
TEST(rule_set, knows_clients_by_the_listener_through_which_they_came) {
  const auto set = rules(R"({permit=allow, listener="tcp:lan", action=publish, topics=["sensors/#"]},
    {permit=deny, listener="tcp.lan"}, {permit=allow, and=[{username=u}, {or=[{listener="ssl.plant"}, {clientid=x}]}]})");
  const auto through = [](std::string_view listener, std::string_view name = "") {
    return subject{name, "c", {}, {}, listener};
  };
  EXPECT_TRUE(set.mentions(condition::kind::listener));
  EXPECT_TRUE(set.check_publish(through("tcp:lan"), "sensors/x").allowed);
  EXPECT_FALSE(set.check_publish(through("tcp:lan", "u"), "x").allowed);
  EXPECT_FALSE(set.check_subscribe(through("tcp:lan"), "sensors/#").allowed);
  EXPECT_TRUE(set.check_publish(through("ssl:plant", "u"), "x").allowed);
  for (const char* other : {"", "tcp:", "tcp", "lan", "tcp:lan2", "TCP:LAN", "tcp.lan", "ssl:plant"})
    EXPECT_FALSE(set.check_publish(through(other), "sensors/x").allowed) << other;
}

TEST(rule_set, denies_everything_where_a_name_does_not_fit_what_denies) {
  const auto set = rules(R"({permit=deny, topics=["${clientid}/secret"]}, {permit=allow})");
  EXPECT_FALSE(set.check_publish(user("u", "c1"), "c1/secret").allowed);
  EXPECT_TRUE(set.check_publish(user("u", "c1"), "c2/secret").allowed);
  EXPECT_FALSE(set.check_publish(user("u", "a/b"), "x").allowed);
  EXPECT_FALSE(set.check_subscribe(user("u", "#"), "x").allowed);
  EXPECT_TRUE(set.names_fit(user("+", "c1")));
  for (const char* name : {"a/b", "+", "x#", "$SYS"}) EXPECT_FALSE(set.names_fit(user("u", name))) << name;
  EXPECT_TRUE(rules("{permit=allow}").names_fit(user("+", "#")));
}

// THREATS 70, 71: wildcards do not reach topics that begin with $, and rules have to name them.
TEST(rule_set, opens_what_begins_with_a_dollar_only_where_a_rule_says_so) {
  const auto open = rules(R"({permit=allow, topics=["#", "+/#"]}, {permit=allow})", unmatched::allow);
  for (const char* topic : {"$SYS/x", "$internal", "$MQTT/y", "$share/g/x", "$CONTROL/a"}) {
    EXPECT_FALSE(open.check_publish(user("u"), topic).allowed) << topic;
    EXPECT_FALSE(open.check_subscribe(user("u"), topic).allowed) << topic;
  }
  EXPECT_FALSE(open.check_subscribe(user("u"), "$SYS/#").allowed);
  EXPECT_TRUE(open.check_subscribe(user("u"), "#").allowed);
  const auto named = rules(R"({permit=allow, topics=["$SYS/#", "$app/#"]})");
  EXPECT_TRUE(named.check_subscribe(user("u"), "$SYS/#").allowed);
  EXPECT_TRUE(named.check_publish(user("u"), "$app/x").allowed);
  EXPECT_FALSE(named.check_publish(user("u"), "$SYS/x").allowed);
  EXPECT_EQ(named.check_publish(user("u"), "$SYS").why, decision::reason::reserved);
  EXPECT_FALSE(rules("{permit=deny, username=u}, {permit=allow, topics=[\"$app/#\"]}")
                   .check_publish(user("u"), "$app/x")
                   .allowed);
}

TEST(rule_set, says_which_rule_decides) {
  const auto set =
      rules(R"({permit=deny, action=subscribe, topics=["a/b", "@#"], or=[{username=u}, {ipaddr="10.0.0.0/8"}]},
{permit=allow, topics=["a/#"]})");
  EXPECT_EQ(set.explain(set.check_subscribe(user("u"), "a/b")),
            R"(denied by acl:1:10: deny subscribe "a/b", "@#" for user "u" or address 10.0.0.0/8)");
  EXPECT_EQ(
      set.explain(set.check_subscribe(user("u"), "a/#")),
      R"(allowed by acl:2:1: allow all "a/#" for anybody; rules ahead of it deny a part, so that each message is checked)");
  EXPECT_EQ(set.explain(set.check_publish(user("u"), "b")), "denied by default: no rule is about it");
  EXPECT_EQ(set.explain(set.check_publish(user("u"), "$SYS/b")), "denied: nobody publishes under $SYS");
}

TEST(rule_set, refuses_rules_that_cannot_be_meant) {
  std::string why;
  for (const char* topic : {"", "@", "a/#/b", "a+", "$share/g/x", "${user}/x", "a/${clientid", "a\xff"}) {
    EXPECT_FALSE(rule_set::compile({{.allow = true, .topics = {topic}, .place = "f:1"}}, false, why)) << topic;
    EXPECT_TRUE(why.starts_with("f:1: a rule's topic ")) << why;
  }
}

// Random filters against the reference matcher over all topics of a small world.
TEST(rule_set, agrees_with_the_matcher_of_topics) {
  std::vector<std::string> topics;
  const std::vector<std::string> words{"a", "b", "", "$s"};
  for (const auto& one : words) {
    topics.push_back(one);
    for (const auto& two : words) {
      topics.push_back(one + "/" + two);
      for (const auto& three : words) topics.push_back(one + "/" + two + "/" + three);
    }
  }
  std::erase(topics, "");
  std::mt19937 random(1);
  const auto filter = [&] {
    for (;;) {
      std::string out;
      for (auto levels = 1 + random() % 3; levels > 0; --levels) {
        constexpr std::string_view kinds[] = {"a", "b", "+", "#", "", "$s"};
        out += std::string(kinds[random() % 6]) + (levels > 1 ? "/" : "");
      }
      if (nanolib::parse_topic_filter(out)) return out;
    }
  };
  for (int round = 0; round < 800; ++round) {
    const auto ours = filter();
    const auto theirs = filter();
    const auto allowing = compiled({{.allow = true, .topics = {ours}}});
    const auto denying = compiled({{.allow = false, .topics = {ours}}}, unmatched::allow);
    const auto asked = denying.check_subscribe(user("u"), theirs);
    bool common = false;
    bool outside = false;
    for (const auto& topic : topics) {
      const bool matched = nanolib::matches(ours, topic);
      EXPECT_EQ(allowing.check_publish(user("u"), topic).allowed, matched) << ours << " " << topic;
      if (!nanolib::matches(theirs, topic)) continue;
      common = common || matched;
      outside = outside || !matched;
      if (asked.allowed && matched) {
        EXPECT_FALSE(denying.may_receive(user("u"), topic, asked)) << topic;
      }
    }
    if (outside) {
      EXPECT_FALSE(allowing.check_subscribe(user("u"), theirs).allowed) << ours << " allows " << theirs;
    }
    if (common) {
      EXPECT_TRUE(!asked.allowed || asked.partly) << ours << " denies a part of " << theirs;
    } else if (theirs.find('#') == std::string::npos && ours.find('#') == std::string::npos) {
      EXPECT_FALSE(asked.partly) << ours << " denies nothing of " << theirs;
    }
  }
}

TEST(rule_set, keeps_the_order_among_many_rules) {
  std::vector<rule> many;
  for (int i = 0; i < 1000; ++i) {
    const auto number = std::to_string(i % 100);
    rule one{.allow = i >= 500, .topics = {"t" + number + "/#"}};
    if (i % 3 == 0) one.who = {.is = condition::kind::user, .text = "u" + number};
    if (i % 3 == 1) one.who = {.is = condition::kind::client, .text = "c" + number};
    many.push_back(std::move(one));
  }
  many.push_back({.allow = true});
  const auto set = compiled(many);
  for (int i = 0; i < 100; ++i) {
    const auto number = std::to_string(i);
    const auto name = "u" + number;
    const auto client = "c" + number;
    const auto topic = "t" + number + "/x";
    std::uint32_t first = 0;  // the first of the rules that is about this topic and this client
    while (first % 100 != static_cast<std::uint32_t>(i)) ++first;
    EXPECT_EQ(set.check_publish(user(name, client), topic).rule, first);
    EXPECT_EQ(set.check_publish(user(name, client), "other").rule, 1000U);
    while (first % 100 != static_cast<std::uint32_t>(i) || first % 3 != 2) ++first;
    EXPECT_EQ(set.check_publish(user("x", "y"), topic).rule, first);
  }
}

}  // namespace
}  // namespace nanomq::access
