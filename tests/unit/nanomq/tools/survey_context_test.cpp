#include "tools/survey_context.hpp"

#include <gtest/gtest.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

#include <string_view>
#include <thread>

#include "nanolib/base/bytes.hpp"

namespace nanomq::tools {
namespace {

using nanonng::net::sp_message;

class survey_context_test : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(nng_surveyor0_open(&asker_), 0); }
  void TearDown() override { nng_close(asker_); }

  static sp_message question() { return sp_message::create(nanolib::as_bytes(std::string_view("question")), {}); }

  nng_socket asker_ = NNG_SOCKET_INITIALIZER;
};

TEST_F(survey_context_test, gets_answers_until_the_survey_is_over) {
  nng_socket answerer = NNG_SOCKET_INITIALIZER;
  ASSERT_EQ(nng_respondent0_open(&answerer), 0);
  ASSERT_EQ(nng_listen(answerer, "inproc://survey_context", nullptr, 0), 0);
  ASSERT_EQ(nng_dial(asker_, "inproc://survey_context", nullptr, 0), 0);
  std::thread answers([answerer] {
    nng_msg* message = nullptr;
    while (nng_recvmsg(answerer, &message, 0) == 0) {
      if (nng_sendmsg(answerer, message, 0) != 0) nng_msg_free(message);
    }
  });
  survey_context survey;
  sp_message answer;
  for (int code = NNG_ESTATE; code != 0;) {  // until the respondent is there, and quick enough
    ASSERT_EQ(survey.send(asker_, question()), 0);
    code = survey.receive(answer, std::nullopt);
    EXPECT_TRUE(code == 0 || code == NNG_ETIMEDOUT) << nng_strerror(code);
  }
  EXPECT_EQ(answer.body().size(), std::string_view("question").size());
  (void)survey.receive(answer, std::nullopt);  // its end
  EXPECT_EQ(survey.receive(answer, std::nullopt), NNG_ESTATE);
  nng_close(answerer);
  answers.join();
}

TEST_F(survey_context_test, has_nothing_to_receive_before_a_survey) {
  survey_context survey;
  sp_message answer;
  EXPECT_EQ(survey.receive(answer, 0), NNG_ESTATE);
}

TEST_F(survey_context_test, a_survey_may_begin_at_the_moment_in_which_the_one_before_is_over) {
  ASSERT_EQ(nng_socket_set_ms(asker_, NNG_OPT_SURVEYOR_SURVEYTIME, 1), 0);
  survey_context survey;
  sp_message answer;
  for (int each = 0; each < 1'000; ++each) {
    ASSERT_EQ(survey.send(asker_, question()), 0);
    const int code = survey.receive(answer, 1);
    ASSERT_TRUE(code == NNG_ETIMEDOUT || code == NNG_ESTATE) << nng_strerror(code);
  }
}

}  // namespace
}  // namespace nanomq::tools
