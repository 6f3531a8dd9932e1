#include "nanomq/broker/packet_traces.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "file_size_limit.hpp"
#include "manual_clock.hpp"

namespace nanomq::broker {
namespace {

using namespace std::chrono_literals;
using nanonng::mqtt::connect_view;
using nanonng::mqtt::protocol_version;
using nanonng::mqtt::publish_view;
using nanonng::mqtt::reason_code;

nanolib::bytes bytes_of(std::string_view text) { return nanolib::as_bytes(text); }

// One packet of MQTT 5 from "a" at 10.1.2.3.
traced_packet packet_of(std::string_view bytes, bool is_sent = false) {
  traced_packet out{
      .is_sent = is_sent, .client_id = "a", .address = "10.1.2.3", .version = protocol_version::v5, .packet = {}};
  const auto found = nanonng::mqtt::next_frame(bytes_of(bytes), 1'000'000);
  EXPECT_EQ(found.status, nanonng::mqtt::decode_status::done);
  out.packet = found.packet;
  return out;
}

traced_packet published(const publish_view& packet) {
  return {.is_sent = true,
          .client_id = "a",
          .address = "[fd00::7]",
          .version = protocol_version::v5,
          .packet = {},
          .publish = &packet};
}

class packet_traces_test : public ::testing::Test {
 protected:
  packet_traces_test() {
    std::string pattern = std::filesystem::temp_directory_path() / "nanomq-trace-XXXXXX";
    directory = ::mkdtemp(pattern.data());
    request.file = directory + "/trace";
    request.client_id = "a";
  }
  ~packet_traces_test() override { std::filesystem::remove_all(directory); }

  // The lines so far, without their times.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::ifstream file(request.file);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) all.push_back(line.substr(line.find(' ') + 1));
    return all;
  }
  [[nodiscard]] std::string refusal(const trace_request& wanted) {
    std::string why;
    return traces.start(wanted, why) ? "" : why;
  }

  std::string directory;
  nanomq::test::manual_clock clock;
  packet_traces traces{clock};
  trace_request request;
};

TEST_F(packet_traces_test, writes_the_packets_of_a_client_into_a_file_of_its_own) {
  EXPECT_FALSE(traces.any());
  std::string why;
  const auto started = traces.start(request, why);
  ASSERT_TRUE(started) << why;
  EXPECT_EQ(started->name, "trace-1");
  EXPECT_EQ(started->what, "client a");
  EXPECT_TRUE(traces.any());
  traces.note(packet_of(std::string_view("\x40\x03\x00\x07\x10", 5), true));
  traces.note(packet_of(std::string_view("\x82\x09\x00\x01\x00\x00\x03x/#\x01", 11)));
  traces.note(packet_of(std::string_view("\x90\x04\x00\x01\x00\x87", 6), true));
  traces.note(packet_of(std::string_view("\x20\x03\x01\x00\x00", 5), true));
  traces.note(packet_of(std::string_view("\xe0\x02\x8d\x00", 4), true));
  traces.note(packet_of(std::string_view("\xc0\x00", 2)));
  auto other = packet_of(std::string_view("\xc0\x00", 2));
  other.client_id = "b";
  traces.note(other);
  EXPECT_EQ(lines(), (std::vector<std::string>{
                         "out PUBACK client=a address=10.1.2.3 id=7 reason=16 means=\"no matching subscribers\" size=5",
                         "in SUBSCRIBE client=a address=10.1.2.3 id=1 filters=1 filter=x/# qos=1 size=11",
                         "out SUBACK client=a address=10.1.2.3 id=1 reasons=135 size=6",
                         "out CONNACK client=a address=10.1.2.3 session_present=true reason=0 size=5",
                         "out DISCONNECT client=a address=10.1.2.3 reason=141 means=\"keep alive timeout\" size=4",
                         "in PINGREQ client=a address=10.1.2.3 size=2"}));
  struct stat about{};
  ASSERT_EQ(::stat(request.file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const auto ended = traces.stop("trace-1");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->packets, 6U);
  EXPECT_FALSE(traces.any());
  EXPECT_FALSE(traces.stop("trace-1"));
  EXPECT_EQ(lines().back(), "the trace has ended: it was stopped");
}

// THREATS 82.
TEST_F(packet_traces_test, never_tells_a_password) {
  std::string why;
  request.payload_bytes = packet_traces::most_payload_bytes;
  ASSERT_TRUE(traces.start(request, why)) << why;
  connect_view packet;
  packet.client_id = "a";
  packet.has_user_name = true;
  packet.user_name = "u\n";
  packet.has_password = true;
  packet.password = bytes_of("secret");
  packet.has_will = true;
  packet.will.topic = "w";
  packet.will.payload = bytes_of("hidden");
  traces.note({.client_id = {},
               .address = "10.1.2.3",
               .version = protocol_version::v5,
               .packet = {},
               .connect = &packet,
               .refused = reason_code::not_authorized});
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0],
            "in CONNECT client=a address=10.1.2.3 version=5 clean_start=true keep_alive=0 user=\"u\\n\" password=true "
            "will_topic=w will_qos=0 will_retain=false will_size=6 refused=135 means=\"not authorized\"");
}

TEST_F(packet_traces_test, shows_so_much_of_a_payload_as_was_asked_for) {
  std::string why;
  publish_view packet;
  packet.topic = "t";
  packet.payload = bytes_of("ab\ncd");
  ASSERT_TRUE(traces.start(request, why)) << why;
  auto more = request;
  more.file += "2";
  more.payload_bytes = 3;
  ASSERT_TRUE(traces.start(more, why)) << why;
  traces.note(published(packet));
  const std::string common =
      "out PUBLISH client=a address=[fd00::7] qos=0 retain=false dup=false topic=t payload_size=5";
  EXPECT_EQ(lines(), std::vector<std::string>{common});
  request.file = more.file;
  EXPECT_EQ(lines(), std::vector<std::string>{common + " payload=\"ab\\n\""});
}

TEST_F(packet_traces_test, goes_by_topic_and_address_and_all_that_is_asked_for) {
  std::string why;
  request.topic_filter = "plant/+/alarm";
  request.network = "fd00::/8";
  const auto started = traces.start(request, why);
  ASSERT_TRUE(started) << why;
  EXPECT_EQ(started->what, "client a, topic plant/+/alarm, address fd00::/8");
  publish_view packet;
  packet.topic = "plant/3/alarm";
  traces.note(published(packet));
  auto elsewhere = published(packet);
  elsewhere.address = "10.0.0.1";
  traces.note(elsewhere);
  auto somebody = published(packet);
  somebody.client_id = "b";
  traces.note(somebody);
  packet.topic = "plant/3/state";
  traces.note(published(packet));
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(packet_traces_test, knows_who_comes_over_a_unix_socket) {
  std::string why;
  request.client_id.clear();
  request.network = "unix";
  ASSERT_TRUE(traces.start(request, why)) << why;
  publish_view packet;
  packet.topic = "t";
  traces.note(published(packet));
  auto local = published(packet);
  local.address = "unix";
  traces.note(local);
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(packet_traces_test, finds_subscriptions_by_filter) {
  std::string why;
  request.topic_filter = "x/#";
  ASSERT_TRUE(traces.start(request, why)) << why;
  traces.note(packet_of(std::string_view("\x82\x09\x00\x01\x00\x00\x03x/#\x01", 11)));
  traces.note(packet_of(std::string_view("\x82\x09\x00\x02\x00\x00\x03x/y\x01", 11)));
  traces.note(packet_of(std::string_view("\xa2\x08\x00\x03\x00\x00\x03x/z", 10)));
  traces.note(packet_of(std::string_view("\x82\x09\x00\x04\x00\x00\x03y/#\x01", 11)));
  EXPECT_EQ(lines().size(), 3U);
}

TEST_F(packet_traces_test, ends_when_the_disk_is_full) {
  std::string why;
  ASSERT_TRUE(traces.start(request, why)) << why;
  {
    const nanomq::test::file_size_limit full(100);
    for (int i = 0; i < 20; ++i) traces.note(packet_of(std::string_view("\xc0\x00", 2)));
  }
  EXPECT_FALSE(traces.any());
  EXPECT_EQ(std::filesystem::file_size(request.file), 100U);
}

TEST_F(packet_traces_test, ends_when_its_time_is_over_or_its_file_is_full) {
  std::string why;
  request.length = 10s;
  ASSERT_TRUE(traces.start(request, why)) << why;
  clock.advance(4s);
  EXPECT_EQ(traces.list().at(0).left, 6s);
  traces.note(packet_of(std::string_view("\xc0\x00", 2)));
  clock.advance(6s);
  traces.note(packet_of(std::string_view("\xc0\x00", 2)));
  EXPECT_FALSE(traces.any());
  EXPECT_EQ(lines().back(), "the trace has ended: its time is over");
  EXPECT_EQ(lines().size(), 2U);

  request.file += "2";
  request.most_bytes = 300;
  ASSERT_TRUE(traces.start(request, why)) << why;
  for (int i = 0; i < 20; ++i) traces.note(packet_of(std::string_view("\xc0\x00", 2)));
  EXPECT_FALSE(traces.any());
  EXPECT_EQ(lines().back(), "the trace has ended: the file is full");

  request.file += "3";
  ASSERT_TRUE(traces.start(request, why)) << why;
  clock.advance(1h);
  EXPECT_TRUE(traces.list().empty());
}

TEST_F(packet_traces_test, refuses_what_makes_no_sense) {
  trace_request wrong = request;
  wrong.client_id.clear();
  EXPECT_EQ(refusal(wrong), "what is to be traced? A client, a topic filter or an address");
  wrong = request;
  wrong.topic_filter = "a/#/b";
  EXPECT_EQ(refusal(wrong), "\"a/#/b\" is no topic filter");
  wrong = request;
  wrong.network = "10.0.0.1/8";
  EXPECT_EQ(refusal(wrong), "\"10.0.0.1/8\" is no address, no network such as 10.0.0.0/8 and not unix");
  wrong = request;
  wrong.file = "trace";
  EXPECT_EQ(refusal(wrong), "the file needs a path from the root on");
  wrong = request;
  wrong.payload_bytes = 5000;
  EXPECT_EQ(refusal(wrong), "at most 4096 bytes of a payload are shown");
  EXPECT_EQ(refusal(request), "");
  wrong = request;
  wrong.name = "trace-1";
  wrong.file += "2";
  EXPECT_EQ(refusal(wrong), "there is a trace \"trace-1\" already");
}

// THREATS 86, 88.
TEST_F(packet_traces_test, touches_no_file_that_is_there_and_follows_no_link) {
  std::ofstream(request.file) << "mine";
  EXPECT_NE(refusal(request), "");
  EXPECT_EQ(std::filesystem::file_size(request.file), 4U);
  std::filesystem::create_symlink(directory + "/target", directory + "/link");
  request.file = directory + "/link";
  EXPECT_NE(refusal(request), "");
  EXPECT_FALSE(std::filesystem::exists(directory + "/target"));
}

TEST_F(packet_traces_test, are_few_at_a_time) {
  for (std::size_t i = 0; i < packet_traces::most_traces; ++i) {
    auto one = request;
    one.file += std::to_string(i);
    EXPECT_EQ(refusal(one), "");
  }
  EXPECT_EQ(refusal(request), "there are 8 traces already: end one first");
}

}  // namespace
}  // namespace nanomq::broker
