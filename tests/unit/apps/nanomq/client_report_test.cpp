#include "client_report.hpp"

#include <gtest/gtest.h>

namespace nanomq::program {
namespace {

using std::chrono::seconds;

broker::client_list sample() {
  broker::client_list list;
  list.total = 3;
  broker::client_row here;
  here.client_id = "caf\xc3\xa9";
  here.user_name = "joe";
  here.address = "192.0.2.7";
  here.connected = true;
  here.listener = "ssl:plant";
  here.version = nanonng::mqtt::protocol_version::v3_1_1;
  here.connected_for = seconds(75);
  here.keep_alive_s = 60;
  here.subscriptions = 2;
  here.queued_messages = 3;
  here.queued_bytes = 300;
  here.inflight = 1;
  list.rows.push_back(here);
  broker::client_row away;
  away.client_id = "gone\x1b[2J";
  away.ends_in = seconds(3'600);
  list.rows.push_back(away);
  return list;
}

TEST(client_report, is_a_table_for_people) {
  EXPECT_EQ(clients_text(sample()),
            "CLIENT       USER  ADDRESS    LISTENER   MQTT   SINCE                   SUBSCRIPTIONS  WAITING\n"
            "caf\xc3\xa9         joe   192.0.2.7  ssl:plant  3.1.1  1m 15s                  2              4\n"
            "gone\\x1b[2J  -     -          -          -      away, ends in 1h 0m 0s  0              0\n"
            "2 of 3; --limit shows more\n");
}

TEST(client_report, is_an_object_for_programs) {
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  write_clients(json, sample());
  json.end_object();
  EXPECT_EQ(out, R"({"total":3,"complete":true,"clients":[{"client_id":"café","user":"joe","address":"192.0.2.7",)"
                 R"("connected":true,"local":false,"listener":"ssl:plant","protocol":"3.1.1","connected_s":75,)"
                 R"("keep_alive_s":60,"unsent_bytes":0,"subscriptions":2,"queued_messages":3,"queued_bytes":300,)"
                 R"("inflight":1},{"client_id":"gone\u001b[2J","user":"","address":"","connected":false,"local":false,)"
                 R"("ends_in_s":3600,"subscriptions":0,"queued_messages":0,"queued_bytes":0,"inflight":0}]})");
}

TEST(client_report, says_that_it_is_not_all) {
  broker::client_list list;
  list.complete = false;
  EXPECT_NE(clients_text(list).find("this is not all\n"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::program
