#include "nanomq/config/fault.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "nanomq/config/configuration.hpp"
#include "nanomq/config/share.hpp"

namespace nanomq::config {
namespace {

std::vector<std::string> texts_of(const configuration& of) {
  std::vector<std::string> out;
  for (const auto& one : of.faults()) out.push_back(one.text);
  return out;
}

TEST(faults, of_a_file_are_all_told_in_its_order) {
  configuration made;
  std::string why;
  EXPECT_FALSE(
      made.read_text("mqtt.max_inflight = none\n"
                     "log.levle = info\n"
                     "bridges.nng.push.a { dail = [\"tcp://127.0.0.1:1\"], max_questions = 0 }\n"
                     "auth.acl { rules = 5 }\n"
                     "bans = [{ nobody = 1 }]\n"
                     "system.shards = 2\n"
                     "limits.users { joe { messages_rate = fast } }\n"
                     "authentication = []\n",
                     "f", why));
  const auto lines = texts_of(made);
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_EQ(lines[0], why);
  EXPECT_EQ(lines[0], "f:1:21: mqtt.max_inflight: \"none\" is not a whole number");
  EXPECT_EQ(lines[1], "f:2:1: unknown setting 'log.levle'; did you mean log.level?");
  EXPECT_EQ(lines[2], "f:3:22: unknown setting 'bridges.nng.push.a.dail'; did you mean dial?");
  EXPECT_TRUE(lines[3].starts_with("f:3:68: bridges.nng.push.a.max_questions: \"0\" is out of range")) << lines[3];
  for (std::size_t i = 4; i < lines.size(); ++i) {
    EXPECT_TRUE(lines[i].starts_with("f:" + std::to_string(i < 6 ? i : i + 1) + ":")) << lines[i];
  }
  EXPECT_EQ(made.values().broker.shards, 2U) << "what is right is there";
  EXPECT_EQ(made.faults()[1].key, "log.levle");
}

TEST(faults, of_all_sources_are_told) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_text("log.level = loud", "f", why));
  EXPECT_FALSE(made.read_environment(std::array{"NANOMQ_MQTT__NOTHING=1", "NANOMQ_SYSTEM__SHARDS=x"}, why));
  EXPECT_TRUE(why.starts_with("NANOMQ_MQTT__NOTHING: no setting has this name")) << why;
  EXPECT_FALSE(made.assign("system.polle=epoll", why));
  EXPECT_EQ(made.faults().size(), 4U);
  EXPECT_EQ(why, made.faults().back().text);
}

TEST(faults, are_a_hundred_at_most) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "nothing" + std::to_string(i) + " = 1\n";
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_text(text, "f", why));
  EXPECT_EQ(made.faults().size(), 100U);
}

TEST(faults, of_a_text_that_is_none_have_no_key) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_text("log.level = \"info", "f", why));
  ASSERT_EQ(made.faults().size(), 1U);
  EXPECT_EQ(made.faults()[0].key, "");
}

// Each kind of mistake, and the place that is told for it.
TEST(faults, stand_where_the_mistake_is) {
  struct row {
    std::string_view text;
    std::string_view place;
  };
  constexpr std::array rows{
      row{"\n  log.level = loud", "f:2:15: "},
      row{"log {\n  level = loud\n}", "f:2:11: "},
      row{"log { levle = info }", "f:1:7: "},
      row{"log.level = info\nlog.level = {}", "f:2:13: "},
      row{"mqtt.max_mqueue_len = 5\n mqtt.max_queue_messages = 6", "f:2:2: "},
      row{"listeners.tcp.bind = [\n\"127.0.0.1:1\",\n\"nonsense://x\"]", "f:1:22: "},
      row{"listeners.tcp.a b = 1", "f:1:1: "},
      row{"a = [1", "f:1:"},
      row{"a = {", "f:1:"},
      row{"}", "f:1:1: "},
      row{"a = ${b}", "f:1:5: "},
      row{"a = \"\\x\"", "f:1:"},
      row{"a = \"\"\"x", "f:1:"},
      row{"# only\n\na = \xff", "f:3:1: "},
      row{"include url(\"x\")", "f:1:"},
      row{"include \"x\"", "f:1:1: "},
      row{"bridges.nng.pubb.a.dial = [\"x\"]", "f:1:1: "},
      row{"bridges.nng.pub.a.forwards = [{ local_topc = a }]", "f:1:33: "},
      row{"bridges.nng = 5", "f:1:15: "},
      row{"auth.password = [1]", "f:1:17: "},
      row{"webhook.events = [{ event = on_nothing }]", "f:1:"},
      row{"bans = [{ user = a, for = soon }]", "f:1:"},
      row{"limits.users.joe.rate = 1", "f:1:"},
      row{"http_sever.port = 1",
          "f:1:1: unknown setting 'http_sever.port'; did you mean http_server.port? It has no "
          "meaning here: "},
      row{"bridges.mqt.a.server = x",
          "f:1:1: unknown setting 'bridges.mqt.a.server'; did you mean bridges.mqtt.a.server?"},
      row{"sqlite.flush_mem_treshold = 1",
          "f:1:1: unknown setting 'sqlite.flush_mem_treshold'; did you mean "
          "sqlite.flush_mem_threshold? It has no meaning here: "},
      row{"bridges.nng.pushh.a {}", "f:1:1: 'bridges.nng.pushh': there is no such protocol of SP; did you mean push?"},
  };
  for (const auto& one : rows) {
    configuration made;
    std::string why;
    EXPECT_FALSE(made.read_text(one.text, "f", why)) << one.text;
    EXPECT_TRUE(why.starts_with(one.place)) << one.text << "\n" << why;
  }
}

TEST(configuration_files, in_which_nothing_stands_are_told) {
  const auto silent = [](std::string_view text) {
    configuration made;
    std::string why;
    EXPECT_TRUE(made.read_text(text, "f", why)) << why;
    EXPECT_EQ(made.files().size(), 1U);
    return !made.silent_files().empty();
  };
  EXPECT_TRUE(silent(""));
  EXPECT_TRUE(silent("\n \r\n# log.level = info\n// nothing"));
  EXPECT_TRUE(silent("\xef\xbb\xbf"));
  EXPECT_TRUE(silent("{}"));
  EXPECT_FALSE(silent("log {}"));
  EXPECT_FALSE(silent("log.level = info"));
}

TEST(configuration_files, that_are_included_are_told_too) {
  const auto name = ::testing::TempDir() + "nanomq_silent_file";
  std::ofstream(name + "_a") << "include \"nanomq_silent_file_b\"\n";
  std::ofstream(name + "_b") << "# nothing\n";
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_file(name + "_a", why)) << why;
  EXPECT_EQ(made.files(), (std::vector<std::string>{name + "_a", name + "_b"}));
  EXPECT_EQ(made.silent_files(), std::vector<std::string>{name + "_b"});
}

TEST(shares, become_sizes_in_the_range_of_their_option) {
  configuration made;
  std::string why;
  ASSERT_TRUE(
      made.read_text("mqtt.max_retained_bytes = 25%\nlimits.max_unauthenticated_bytes = \"1 %\"\n"
                     "store.max_bytes = 80%",
                     "f", why))
      << why;
  auto values = made.values();
  values.broker.durability.directory = "/var/lib/nanomq";
  EXPECT_TRUE(has_shares(values));
  ASSERT_TRUE(resolve_shares(values, {.memory = 100'000, .store_disk = 1'000'000}, why)) << why;
  EXPECT_EQ(values.broker.limits.max_retained_bytes, 25'000U);
  EXPECT_EQ(values.broker.limits.max_unauthenticated_bytes, 4'096U) << "not less than its option allows";
  EXPECT_EQ(values.broker.durability.max_bytes, 800'000U);
  EXPECT_EQ(find_setting("store.max_bytes")->shown(values), "80%");
  EXPECT_FALSE(resolve_shares(values, {.memory = 100'000, .store_disk = 0}, why));
  EXPECT_EQ(why, "store.max_bytes: nobody can tell how large the file system of store.dir is here; write a size");
  values.broker.durability.directory.clear();
  EXPECT_TRUE(resolve_shares(values, {.memory = 100'000, .store_disk = 0}, why)) << "there is no store";
}

TEST(shares, give_way_to_a_size_that_is_written_later) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.assign("store.max_bytes=10%", why)) << why;
  ASSERT_TRUE(made.assign("store.max_bytes=1MB", why)) << why;
  EXPECT_FALSE(has_shares(made.values()));
  EXPECT_EQ(made.values().broker.durability.max_bytes, 1024U * 1024);
  for (const char* const wrong : {"0%", "101%", "-1%", "1.5%", "%", "1%%", "10 percent"}) {
    EXPECT_FALSE(made.assign("store.max_bytes=" + std::string(wrong), why)) << wrong;
  }
  EXPECT_FALSE(made.assign("mqtt.max_packet_size=10%", why));
}

}  // namespace
}  // namespace nanomq::config
