#include "status_report.hpp"

#include <gtest/gtest.h>

#include "nanolib/base/json_object.hpp"

namespace nanomq::program {
namespace {

using std::chrono::seconds;

status_report sample() {
  status_report what;
  auto& from = what.figures;
  from.uptime = seconds(62);
  from.connected = 3;
  from.connected_peak = 5;
  from.max_connections = 100;
  from.sessions = 4;
  from.subscriptions = 1;
  from.retained_messages = 2;
  from.retained_bytes = 2'048;
  from.others = {{"clients/admitted", 9},
                 {"dropped/queue_full", 7},
                 {"dropped/expired", 0},
                 {"queues/bytes", 512},
                 {"clients/refused", 1}};
  from.rates.publish_received = 2.5;
  from.rates_over = seconds(60);
  from.shards.resize(2);
  from.shards[0].connections = 3;
  from.listeners.push_back({.where = {"tcp:default", broker::listener_kind::tcp, {.host = "::1", .port = 1883}, {}},
                            .connections = 3,
                            .max_connections = 50});
  from.peers.push_back(
      {"bridges/nng/line1", {{"received", 4}, {"queued", 1}, {"peers", 0}, {"refused", 0}, {"failed_dials", 2}}});
  from.hooks = {{"webhook/sent", 3}};
  from.access = {{"http/requests", 7}};
  what.resident_bytes = 10'485'760;
  what.now = nanolib::wall_time(seconds(1'000));
  return what;
}

std::string text_of(const status_report& what) {
  std::string out = status_text(what);
  return out.substr(out.find('\n') + 1);  // without the pid
}

TEST(status_report, is_lines_for_people) {
  EXPECT_EQ(
      text_of(sample()),
      "listens on  mqtt-tcp://[::1]:1883  3 connections of 50\n"
      "            bridges/nng/line1: received 4 peers 0 failed_dials 2\n"
      "clients     2 connected (at most 5 so far, 100 allowed) and 1 bridge, 4 sessions, 1 subscription\n"
      "messages    2.5/s in, 0/s out, 0/s dropped; 0 B/s in, 0 B/s out\n"
      "waiting     0 messages (512 B), 0 in flight\n"
      "retained    2 messages (2.0 KiB)\n"
      "logins      9 admitted, 1 refused, 0 waiting\n"
      "http_auth   7 questions asked, 0 failed (0 without answer in time), 0 found no room, 0 answered from memory; "
      "0 waiting, 0 under way\n"
      "webhook     3 events sent, 0 waiting (0 B), 0 failed, 0 dropped; 0 POSTs repeated\n"
      "dropped     queue_full 7\n"
      "keeps       nothing across a restart\n"
      "memory      10 MiB resident\n"
      "shards      2, connections 3 + 0\n"
      "uptime      1m 2s\n");
}

TEST(status_report, says_what_somebody_should_know) {
  auto what = sample();
  what.facts = {{"nng line1, dials tcp://127.0.0.1:5000"}, "what was acknowledged", "the store was damaged"};
  what.reload = {nanolib::wall_time(seconds(940)), true, "n.conf:1:1: unknown"};
  what.figures.store = broker::store_figures{
      "fsync",
      "full",
      {{"commits", 4}, {"commit/us_total", 10'000}, {"commit/us_longest", 7'500}, {"bytes/written", 1'024}}};
  what.figures.others = {{"bans/now", 12}, {"bans/refused", 340}};
  what.figures.hooks = {{"webhook/queued", 5}, {"webhook/queued/bytes", 1'024}, {"webhook/sent", 1},
                        {"webhook/failed", 2}, {"webhook/dropped", 3},          {"webhook/posts/repeated", 4}};
  const auto text = text_of(what);
  for (const char* line :
       {"bridge      nng line1, dials tcp://127.0.0.1:5000\n",
        "store       fsync, full; 0 messages queued, 1.0 KiB written in 4 commits of 2.5 ms (longest 7.5)\n",
        "bans        12 in force, 340 turned away or disconnected\n",
        "webhook     1 event sent, 5 waiting (1.0 KiB), 2 failed, 3 dropped; 4 POSTs repeated\n",
        "keeps       what was acknowledged\n", "ATTENTION   the store was damaged\n",
        "reloaded    1m 0s ago, REFUSED: n.conf:1:1: unknown\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "is missing in\n" << text;
  }
}

TEST(status_report, is_an_object_for_programs) {
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  write_status(json, sample());
  json.end_object();
  EXPECT_TRUE(nanolib::read_json_object(out)) << out;
  for (
      const char* part :
      {R"("uptime_s":62)",
       R"("id":"tcp:default","url":"mqtt-tcp://[::1]:1883","tls":false,"connections":3,"max_connections":50)",
       R"("counters":{"clients":{"admitted":9,"refused":1},"dropped":{"queue_full":7,"expired":0},"queues":{"bytes":512}})",
       R"("rates":{"over_s":60.000,)", R"("publish_received":2.500)", R"("store":null)", R"("reload":null)",
       R"("peers":[{"name":"bridges/nng/line1","received":4,"queued":1,"peers":0,"refused":0,"failed_dials":2}],"hooks":{"webhook_sent":3},"access":{"http_requests":7})",
       R"("memory":{"resident_bytes":10485760})"}) {
    EXPECT_NE(out.find(part), std::string::npos) << part << " is missing in\n" << out;
  }
}

}  // namespace
}  // namespace nanomq::program
