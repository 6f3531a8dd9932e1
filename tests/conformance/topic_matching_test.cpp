// Which topic names a filter matches. Spec: MQTT 5.0 §4.7, MQTT 3.1.1 §4.7.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class topic_matching : public every_version {
 protected:
  /// Subscribes to the filter, publishes to each name and to a last one that the subscriber certainly receives.
  void expect_matches(const std::string& filter, const std::vector<std::string>& matching,
                      const std::vector<std::string>& others) {
    SCOPED_TRACE(filter);
    raw_client subscriber = join(v());
    const std::string barrier = fresh_topic();
    subscriber.subscribe(filter);
    subscriber.subscribe(barrier);
    raw_client publisher = join(v());
    for (const auto& each : others) publisher.publish({.topic = each, .payload = "no"});
    for (const auto& each : matching) publisher.publish({.topic = each, .payload = "yes"});
    for (const auto& each : matching) subscriber.expect_publish(each, "yes");
    expect_nothing_but(publisher, subscriber, barrier);
  }
};
INSTANTIATE_TEST_SUITE_P(versions, topic_matching, all_versions(), version_name);

// [MQTT-4.7.1-1]
TEST_P(topic_matching, number_sign_matches_the_parent_and_every_level_below) {
  expect_matches("sport/tennis/#",
                 {"sport/tennis", "sport/tennis/player1", "sport/tennis/player1/rank", "sport/tennis/"},
                 {"sport", "sport/tennisx", "sports/tennis/a", "/sport/tennis"});
}

// [MQTT-4.7.1-2]
TEST_P(topic_matching, plus_matches_exactly_one_level) {
  expect_matches("m/+/end", {"m/x/end", "m//end"}, {"m/end", "m/x/y/end", "m/x", "m/x/end/"});
  expect_matches("n/+", {"n/x", "n/"}, {"n", "n/x/y"});
  expect_matches("+/o", {"a/o", "/o"}, {"o", "a/b/o"});
}

// [MQTT-4.7.1-2] §4.7.1.3: "/finance" is matched by "+/+" and "/+", not by "+"
TEST_P(topic_matching, empty_levels_are_levels) {
  expect_matches("+/fin", {"/fin"}, {"fin"});
  expect_matches("/fin/+", {"/fin/", "/fin/x"}, {"fin/x", "/fin"});
  expect_matches("a//b", {"a//b"}, {"a/b", "a/x/b"});
}

// [MQTT-4.7.2-1]
TEST_P(topic_matching, leading_wildcard_does_not_match_a_topic_that_begins_with_a_dollar_sign) {
  expect_matches("+/monitor/one", {"x/monitor/one"}, {"$other/monitor/one"});
  expect_matches("#", {"any/where"}, {"$other", "$other/a"});
}

// §4.7.2: a filter that names the dollar level itself matches below it
TEST_P(topic_matching, filter_that_begins_with_the_dollar_level_matches_there) {
  for (const char* filter : {"$SYS/broker/version", "$SYS/broker/+", "$SYS/+/version", "$SYS/#"}) {
    SCOPED_TRACE(filter);
    raw_client subscriber = join(v());
    subscriber.subscribe(filter);
    while (subscriber.expect(PUBLISH).topic != "$SYS/broker/version") {
    }
  }
}

// [MQTT-4.7.2-1]
TEST_P(topic_matching, wildcard_alone_sees_no_system_topics) {
  for (const char* filter : {"#", "+/broker/#", "+/+/version", "+/broker/version"}) {
    SCOPED_TRACE(filter);
    raw_client subscriber = join(v());
    subscriber.subscribe(filter);
    subscriber.expect_silence();
  }
}

// [MQTT-4.7.2-1] a dollar sign further on is an ordinary character
TEST_P(topic_matching, dollar_sign_inside_a_topic_is_ordinary) { expect_matches("d/+/e", {"d/$x/e"}, {"d/$x"}); }

// [MQTT-4.7.3-4]
TEST_P(topic_matching, nothing_is_normalised) {
  expect_matches("N/Case", {"N/Case"}, {"n/case", "N/Case/", "/N/Case", "N//Case", " N/Case"});
  expect_matches("n/\xC3\xA9", {"n/\xC3\xA9"}, {"n/e\xCC\x81", "n/E"});
  expect_matches("a b", {"a b"}, {"a  b", "a%20b"});
}

// [MQTT-4.7.3-1]
TEST_P(topic_matching, single_character_and_single_slash_are_topics) {
  expect_matches("/", {"/"}, {"//", "a"});
  expect_matches("Z", {"Z"}, {"z", "Z/Z"});
}

// [MQTT-1.5.4-1] non-characters and control characters are legal UTF-8
TEST_P(topic_matching, unusual_but_legal_characters_travel) {
  expect_matches("u/\xF0\x9F\x98\x80", {"u/\xF0\x9F\x98\x80"}, {"u/\xF0\x9F\x98\x81"});
  expect_matches("u/\xEF\xBF\xBD", {"u/\xEF\xBF\xBD"}, {});
}

TEST_P(topic_matching, deep_topics_are_matched_level_by_level) {
  std::string deep = "deep";
  std::string pluses = "deep";
  for (int i = 0; i < 99; ++i) {
    deep += "/" + std::to_string(i);
    pluses += "/+";
  }
  expect_matches(pluses, {deep}, {deep + "/x"});
  expect_matches(deep + "/#", {deep, deep + "/x"}, {"deep/0/1"});
}

}  // namespace
