#include "store_dump.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "nanolib/cache/memory_store.hpp"
#include "store/store_contents.hpp"

namespace nanomq::program {
namespace {

using namespace std::chrono_literals;
using nanolib::never;
using nanolib::quality_of_service;
using nanolib::testing::batch_of;
using nanolib::testing::make_message;
using nanolib::testing::make_row;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class store_dump : public ::testing::Test {
 protected:
  template <class... Changes>
  void commit(Changes&&... changes) {
    ASSERT_TRUE(store_->commit(batch_of(std::forward<Changes>(changes)...), at_));
  }
  std::vector<std::string> dump(const dump_options& how = {}) {
    std::vector<std::string> lines;
    const auto dumped = dump_store(*store_, at_, how, [&](std::string_view line) {
      EXPECT_TRUE(line.ends_with('\n'));
      lines.emplace_back(line.substr(0, line.size() - 1));
      return true;
    });
    EXPECT_TRUE(dumped);
    return lines;
  }

  nanolib::clock_reading at_{nanolib::instant(7s),
                             nanolib::wall_time(std::chrono::sys_days{std::chrono::July / 4 / 2027})};
  std::unique_ptr<nanolib::store> store_ = nanolib::open_memory_store();
};

TEST_F(store_dump, of_nothing_is_nothing) { EXPECT_TRUE(dump().empty()); }

TEST_F(store_dump, writes_sessions_and_what_belongs_to_them) {
  commit(nanolib::put_session{1, "c", "me", 60, false, at_.now + 90'061'007ms},
         nanolib::put_session{2, "d", "", 0xFFFFFFFF, true, never},
         nanolib::put_subscription{1, "$share/g/a/#", {.qos = quality_of_service::exactly_once, .identifier = 7}},
         nanolib::put_unreleased{2, 9},
         nanolib::put_will{2, make_message({.topic = "w", .payload = "gone", .retain = true}), 5, 30, true, never});
  EXPECT_THAT(
      dump(),
      ElementsAre(
          R"({"type":"session","session":1,"client_id":"c","user":"me","expiry_s":60,"connected":false,"ends":"2027-07-05T01:01:01.007Z"})",
          R"({"type":"subscription","session":1,"filter":"$share/g/a/#","qos":2,"no_local":false,"retain_as_published":false,"identifier":7})",
          R"({"type":"session","session":2,"client_id":"d","expiry_s":4294967295,"connected":true,"ends":null})",
          R"({"type":"unreleased","session":2,"packet_identifier":9})",
          R"({"type":"will","session":2,"due":null,"delay_s":5,"expiry_s":30,"topic":"w","qos":1,"retain":true,"payload":"gone"})"));
}

TEST_F(store_dump, writes_messages_as_text_or_as_base64) {
  commit(nanolib::put_session{1, "c", "", 60, true, never},
         nanolib::put_row{make_row(1, 1, 1, make_message({.payload = "say \"hi\"\n", .properties = "pp"}))},
         nanolib::put_row{make_row(1, 2, 2, make_message({.payload = "\xFF", .expiry = at_.now + 1s}))},
         nanolib::change_retained{make_message({.topic = "r", .payload = "\xFF\xFE\xFD", .retain = true})});
  commit(nanolib::update_row{1, 2, 88, nanolib::row_stage::released});
  EXPECT_THAT(
      dump(),
      ElementsAre(
          HasSubstr(R"("client_id":"c")"),
          R"({"type":"retained","topic":"r","qos":1,"retain":true,"payload_base64":"//79"})",
          R"({"type":"queued","session":1,"sequence":1,"packet_identifier":1,"released":false,"delivery_qos":1,"topic":"t","qos":1,"retain":false,"properties_base64":"cHA=","payload":"say \"hi\"\n"})",
          R"({"type":"queued","session":1,"sequence":2,"packet_identifier":88,"released":true,"delivery_qos":1,"topic":"t","qos":1,"retain":false,"expires":"2027-07-04T00:00:01.000Z","payload_base64":"/w=="})"));
}

TEST_F(store_dump, can_leave_payloads_out) {
  commit(nanolib::change_retained{make_message({.topic = "r", .payload = "secret", .retain = true})});
  EXPECT_THAT(dump({.payloads = false}),
              ElementsAre(R"({"type":"retained","topic":"r","qos":1,"retain":true,"payload_bytes":6})"));
}

TEST_F(store_dump, reads_long_queues_whole) {
  commit(nanolib::put_session{1, "c", "", 60, true, never});
  for (nanolib::queue_sequence at = 1; at <= 1'500; ++at) {
    commit(nanolib::put_row{make_row(1, at, at, make_message({}))});
  }
  EXPECT_EQ(dump().size(), 1'501U);
}

TEST_F(store_dump, ends_when_nobody_reads) {
  for (nanolib::session_key key = 1; key <= 5; ++key) commit(nanolib::put_session{key, "c", "", 60, true, never});
  int lines = 0;
  const auto dumped = dump_store(*store_, at_, {}, [&](std::string_view) { return ++lines < 2; });
  ASSERT_FALSE(dumped);
  EXPECT_EQ(dumped.error(), (nanolib::error{nanolib::error_domain::sys, EPIPE}));
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace nanomq::program
