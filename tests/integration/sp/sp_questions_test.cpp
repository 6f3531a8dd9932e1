// Endpoints that ask and answer: MQTT's request and response beside SP's.
#include "sp_endpoint_fixture.hpp"

namespace nanomq::bridge::testing {
namespace {

sp_endpoint_options asking(sp_protocol protocol) {
  auto options = endpoint("e", protocol);
  options.forwards = {{.filter = "ask/#", .topic = {}, .qos = quality_of_service::at_least_once}};
  return options;
}
sp_endpoint_options answering(sp_protocol protocol) {
  auto options = endpoint("e", protocol);
  options.subscriptions = {{.prefix = {}, .topic = "asked", .qos = quality_of_service::at_least_once}};
  return options;
}

void ask(raw_client& client, const std::string& what, const std::string& number) {
  client.publish(
      {.topic = "ask/x",
       .payload = what,
       .qos = 1,
       .props =
           support::properties().text(property::response_topic, "answers").text(property::correlation_data, number)});
}

TEST(sp_questions, a_req_endpoint_brings_the_answer_of_a_rep_to_the_asker) {
  auto options = asking(sp_protocol::req0);
  const auto url = options.listen.front();
  host subject({options});
  far_socket far(nng_rep0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  client.subscribe("answers", 1);
  for (int i = 0; i < 3; ++i) {
    ask(client, "question " + std::to_string(i), "n" + std::to_string(i));
    EXPECT_EQ(far.receive(), "question " + std::to_string(i));
    far.send("answer " + std::to_string(i));
    const auto packet = client.expect_publish("answers", "answer " + std::to_string(i));
    EXPECT_EQ(packet.props.text(property::correlation_data), "n" + std::to_string(i));
  }
}

TEST(sp_questions, a_surveyor_endpoint_brings_every_answer) {
  auto options = asking(sp_protocol::surveyor0);
  const auto url = options.listen.front();
  host subject({options});
  far_socket one(nng_respondent0_open);
  far_socket two(nng_respondent0_open);
  one.dial(url);
  two.dial(url);
  raw_client client = subject.join("c");
  client.subscribe("answers", 1);
  ask(client, "who is there", "7");
  EXPECT_EQ(one.receive(), "who is there");
  EXPECT_EQ(two.receive(), "who is there");
  one.send("one");
  client.expect_publish("answers", "one");
  two.send("two");
  EXPECT_EQ(client.expect_publish("answers", "two").props.text(property::correlation_data), "7");
}

TEST(sp_questions, a_question_without_a_response_topic_is_counted_and_not_asked) {
  auto options = asking(sp_protocol::req0);
  const auto url = options.listen.front();
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  far_socket far(nng_rep0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  client.publish({.topic = "ask/x", .payload = "lost", .qos = 1});
  client.subscribe("answers", 1);
  ask(client, "heard", "1");
  EXPECT_EQ(far.receive(), "heard");
  far.send("yes");
  client.expect_publish("answers", "yes");
  subject.expect_figure("e/refused/no_response_topic", "1");
}

TEST(sp_questions, an_answer_that_may_not_be_published_is_refused_and_none) {
  auto options = asking(sp_protocol::req0);
  const auto url = options.listen.front();
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  far_socket far(nng_rep0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  client.publish({.topic = "ask/x",
                  .payload = "where?",
                  .qos = 1,
                  .props = support::properties().text(property::response_topic, "$SYS/answers")});
  EXPECT_EQ(far.receive(), "where?");
  far.send("there");
  subject.expect_figure("e/refused", "1");
  subject.expect_figure("e/answers", "0");
}

TEST(sp_questions, one_that_nobody_answers_in_time_is_given_up) {
  auto options = asking(sp_protocol::req0);
  options.answer_timeout = nanolib::duration(100);
  options.max_questions = 1;
  const auto url = options.listen.front();
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  far_socket far(nng_rep0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  ask(client, "first", "1");
  EXPECT_EQ(far.receive(), "first");
  subject.expect_figure("e/unanswered", "1");
  client.subscribe("answers", 1);
  ask(client, "second", "2");
  EXPECT_EQ(far.receive(), "second");
}

class answerers : public ::testing::TestWithParam<std::pair<sp_protocol, int (*)(nng_socket*)>> {};
INSTANTIATE_TEST_SUITE_P(protocols, answerers,
                         ::testing::Values(std::pair{sp_protocol::rep0, &nng_req0_open},
                                           std::pair{sp_protocol::respondent0, &nng_surveyor0_open}));

TEST_P(answerers, bring_a_question_to_mqtt_and_its_answer_back) {
  auto options = answering(GetParam().first);
  const auto url = options.listen.front();
  host subject({options});
  raw_client client = subject.join("c");
  client.subscribe("asked", 1);
  far_socket far(GetParam().second);
  far.dial(url);
  for (int i = 0; i < 3; ++i) {
    far.send("question " + std::to_string(i));
    const auto packet = client.expect_publish("asked", "question " + std::to_string(i));
    client.publish(answer_to(packet, "answer " + std::to_string(i)));
    EXPECT_EQ(far.receive(), "answer " + std::to_string(i));
  }
}

TEST(sp_questions, answers_go_to_the_right_askers_whatever_their_order) {
  auto options = answering(sp_protocol::rep0);
  const auto url = options.listen.front();
  host subject({options});
  raw_client client = subject.join("c");
  client.subscribe("asked", 1);
  far_socket one(nng_req0_open);
  far_socket two(nng_req0_open);
  one.dial(url);
  two.dial(url);
  one.send("one?");
  const auto first = client.expect_publish("asked", "one?");
  two.send("two?");
  const auto second = client.expect_publish("asked", "two?");
  client.publish(answer_to(second, "for two"));
  EXPECT_EQ(two.receive(), "for two");
  client.publish(answer_to(second, "too late"));
  client.publish(answer_to(first, "for one"));
  EXPECT_EQ(one.receive(), "for one");
}

TEST(sp_questions, wrong_answers_are_counted) {
  auto options = answering(sp_protocol::rep0);
  const auto url = options.listen.front();
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  raw_client client = subject.join("c");
  for (const std::string number : {"", "12345678", "1234567890"}) {
    publish_packet stray{.topic = "nanonng/response/nng-e", .payload = "x", .qos = 1};
    if (!number.empty()) stray.props = support::properties().text(property::correlation_data, number);
    client.publish(stray);
  }
  subject.expect_figure("e/strays", "3");
}

}  // namespace
}  // namespace nanomq::bridge::testing
