#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>
#include <unistd.h>

#include <map>
#include <thread>
#include <vector>

#include "nanonng/net/sp_answerer.hpp"
#include "nanonng/net/sp_asker.hpp"
#include "sp_fixture.hpp"

namespace nanonng::net {
namespace {

class answering : public sp_fixture, public sp_question_handler {
 protected:
  void on_sp_question(sp_ticket which, sp_message&& what) noexcept override {
    questions.emplace_back(which, text_of(what));
  }
  void begin(sp_protocol which, std::size_t most, const std::string& at = "tcp://127.0.0.1:0") {
    socket = open(which);
    auto made = sp_answerer::open(*socket, *this, most);
    ASSERT_TRUE(made.has_value());
    answerer = *std::move(made);
    url = listen(*socket, at);
  }

  std::unique_ptr<sp_socket> socket;
  std::unique_ptr<sp_answerer> answerer;
  std::string url;
  std::vector<std::pair<sp_ticket, std::string>> questions;
};

TEST_F(answering, many_at_once_gives_each_asker_its_own) {
  begin(sp_protocol::rep0, 8);
  std::vector<std::string> answers(5);
  std::vector<std::thread> askers;
  for (std::size_t number = 0; number < answers.size(); ++number) {
    askers.emplace_back([this, number, &answers] {
      const plain_socket asker(nng_req0_open);
      asker.dial(url);
      asker.send("q" + std::to_string(number));
      answers[number] = asker.receive();
    });
  }
  EXPECT_TRUE(turn_until([&] { return questions.size() == answers.size(); }));
  EXPECT_EQ(answerer->open_questions(), answers.size());
  // Not in the order in which they came.
  for (auto one = questions.rbegin(); one != questions.rend(); ++one) {
    answerer->answer(one->first, message_of("to " + one->second));
  }
  for (auto& each : askers) each.join();
  for (std::size_t number = 0; number < answers.size(); ++number) {
    EXPECT_EQ(answers[number], "to q" + std::to_string(number));
  }
}

TEST_F(answering, goes_on_after_an_answer_and_after_none) {
  begin(sp_protocol::rep0, 1);
  const plain_socket asker(nng_req0_open);
  asker.dial(url);
  asker.send("one");
  ASSERT_TRUE(turn_until([&] { return questions.size() == 1; }));
  answerer->drop(questions[0].first);
  asker.send("two");
  ASSERT_TRUE(turn_until([&] { return questions.size() == 2; }));
  answerer->answer(questions[0].first, message_of("late"));  // used up
  answerer->answer(questions[1].first, message_of("2"));
  EXPECT_EQ(asker.receive(), "2");
  asker.send("three");
  ASSERT_TRUE(turn_until([&] { return questions.size() == 3; }));
  answerer->answer(questions[2].first, message_of("3"));
  EXPECT_EQ(asker.receive(), "3");
}

TEST_F(answering, takes_part_in_surveys) {
  begin(sp_protocol::respondent0, 2);
  const plain_socket surveyor(nng_surveyor0_open);
  ASSERT_EQ(nng_socket_set_ms(surveyor.handle(), NNG_OPT_SURVEYOR_SURVEYTIME, 20'000), 0);
  surveyor.dial(url);
  ASSERT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  surveyor.send("who?");
  ASSERT_TRUE(turn_until([&] { return questions.size() == 1; }));
  answerer->answer(questions[0].first, message_of("me"));
  EXPECT_EQ(surveyor.receive(), "me");
}

TEST_F(answering, may_end_with_open_questions) {
  begin(sp_protocol::rep0, 2, "inproc://open_questions" + std::to_string(::getpid()));
  const plain_socket asker(nng_req0_open);
  asker.dial(url);
  asker.send("one");
  ASSERT_TRUE(turn_until([&] { return questions.size() == 1; }));
  answerer.reset();
  socket.reset();
}

class asking : public sp_fixture, public sp_answer_handler {
 protected:
  void on_sp_asked(std::uint64_t which) noexcept override { asked.push_back(which); }
  void on_sp_answer(std::uint64_t which, sp_message&& what) noexcept override { answers.emplace(which, text_of(what)); }
  void on_sp_end(std::uint64_t which, nanolib::result<void> how) noexcept override { ends[which] = how; }
  void begin(sp_protocol which, std::size_t most, const std::string& at = "tcp://127.0.0.1:0") {
    socket = open(which);
    auto made = sp_asker::open(*socket, *this, most);
    ASSERT_TRUE(made.has_value());
    asker = *std::move(made);
    url = listen(*socket, at);
  }

  std::unique_ptr<sp_socket> socket;
  std::unique_ptr<sp_asker> asker;
  std::string url;
  std::vector<std::uint64_t> asked;
  std::multimap<std::uint64_t, std::string> answers;
  std::map<std::uint64_t, nanolib::result<void>> ends;
};

TEST_F(asking, many_at_once_gets_the_answer_to_each) {
  begin(sp_protocol::req0, 4);
  // One that answers in the order that it likes: two contexts' worth at a time would do for that, a raw loop is simpler.
  std::vector<std::unique_ptr<plain_socket>> peers;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    peers.push_back(std::make_unique<plain_socket>(nng_rep0_open));
    peers.back()->dial(url);
  }
  ASSERT_TRUE(turn_until([&] { return socket->peers() == 4; }));
  std::map<std::uint64_t, std::string> wanted;
  for (int number = 0; number < 4; ++number) {
    const auto text = std::to_string(number);
    wanted[asker->ask(message_of(text), nanolib::duration(20'000))] = "to " + text;
  }
  EXPECT_FALSE(asker->has_room());
  for (auto& peer : peers) {
    threads.emplace_back([&peer] {
      const auto text = peer->receive();
      peer->send("to " + text);
    });
  }
  EXPECT_TRUE(turn_until([&] { return ends.size() == 4; }));
  for (auto& each : threads) each.join();
  for (const auto& [which, text] : wanted) {
    EXPECT_TRUE(ends[which].has_value());
    EXPECT_EQ(answers.find(which)->second, text);
  }
  EXPECT_EQ(asked.size(), 4U);
  EXPECT_EQ(asker->under_way(), 0U);
}

TEST_F(asking, ends_when_nobody_answers_in_time_and_can_ask_again) {
  begin(sp_protocol::req0, 1);
  const auto first = asker->ask(message_of("nobody?"), nanolib::duration(30));
  EXPECT_TRUE(turn_until([&] { return ends.contains(first); }));
  EXPECT_EQ(ends[first].error(), (nanolib::error{nanolib::error_domain::nng, NNG_ETIMEDOUT}));
  EXPECT_TRUE(asked.empty());

  const plain_socket peer(nng_rep0_open);
  peer.dial(url);
  ASSERT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  ASSERT_TRUE(asker->has_room());
  const auto second = asker->ask(message_of("deaf?"), nanolib::duration(2'000));
  EXPECT_TRUE(turn_until([&] { return ends.contains(second); }));
  EXPECT_EQ(peer.receive(), "deaf?");
  const auto third = asker->ask(message_of("well?"), nanolib::duration(20'000));
  EXPECT_EQ(peer.receive(), "well?");
  peer.send("well");
  EXPECT_TRUE(turn_until([&] { return ends.contains(third); }));
  EXPECT_EQ(answers.find(third)->second, "well");
}

TEST_F(asking, collects_the_answers_to_a_survey_until_its_time_is_over) {
  begin(sp_protocol::surveyor0, 2);
  const plain_socket one(nng_respondent0_open);
  const plain_socket other(nng_respondent0_open);
  one.dial(url);
  other.dial(url);
  ASSERT_TRUE(turn_until([&] { return socket->peers() == 2; }));
  // On a machine that stands still for as long, the answers come too late, and a longer survey has to show it.
  std::uint64_t which = 0;
  for (auto limit = nanolib::duration(500); answers.count(which) < 2 && limit < patience; limit *= 4) {
    which = asker->ask(message_of("who?"), limit);
    for (const auto* peer : {&one, &other}) {
      EXPECT_EQ(peer->receive(), "who?");
      peer->send("me");
    }
    EXPECT_TRUE(turn_until([&] { return ends.contains(which); }));
    EXPECT_TRUE(ends[which].has_value());
  }
  EXPECT_EQ(answers.count(which), 2U);
}

TEST_F(asking, may_end_with_questions_under_way) {
  begin(sp_protocol::req0, 3, "inproc://questions_under_way" + std::to_string(::getpid()));
  const plain_socket peer(nng_rep0_open);
  peer.dial(url);
  for (int number = 0; number < 3; ++number) (void)asker->ask(message_of("?"), nanolib::duration(20'000));
  loop_->turn(nanolib::duration(5));
  asker.reset();
  socket.reset();
}

}  // namespace
}  // namespace nanonng::net
