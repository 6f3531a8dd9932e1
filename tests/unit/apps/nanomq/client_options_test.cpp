#include "client_options.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace nanomq::program {
namespace {

using nanonng::mqtt::protocol_version;
using words = std::vector<std::string_view>;

class client_options : public ::testing::Test {
 protected:
  client_options() {
    add_server_options(table_, options_, [this](std::string_view topic) { topic_ = topic; });
    add_session_options(table_, options_);
    add_will_options(table_, options_);
    add_tls_options(table_, options_);
    add_diagnostics_options(table_, messages_);
    std::string pattern = (std::filesystem::temp_directory_path() / "nanomq_optionsXXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    ::setenv("XDG_CONFIG_HOME", directory_.c_str(), 1);
  }
  ~client_options() override {
    ::unsetenv("XDG_CONFIG_HOME");
    std::filesystem::remove_all(directory_);
  }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = (directory_ / name).string();
    std::FILE* const file = std::fopen(path.c_str(), "w");
    std::fputs(text.c_str(), file);
    std::fclose(file);
    return path;
  }
  void read(const words& given) { read_command_line(table_, "pub", given); }
  std::string refusal(const words& given) {
    try {
      read(given);
    } catch (const usage_error& wrong) {
      return wrong.what();
    }
    return "taken";
  }

  tools::connection_options options_;
  diagnostics_options messages_;
  std::string topic_;
  option_table table_;
  std::filesystem::path directory_;
};

TEST_F(client_options, every_option_finds_its_place) {
  read({"-h",        "b",
        "-p",        "7",
        "-A",        "127.0.0.2",
        "-u",        "me",
        "-P",        "pw",
        "-i",        "id",
        "-k",        "9",
        "-c",        "-x",
        "-1",        "-V",
        "mqttv31",   "-M",
        "3",         "--will-topic",
        "w",         "--will-payload",
        "p",         "--will-qos",
        "2",         "--will-retain",
        "--cafile",  "ca",
        "-d",        "--quiet",
        "--nodelay", "--ws",
        "--proxy",   "socks5h://p"});
  EXPECT_EQ(options_.host, "b");
  EXPECT_EQ(options_.port, 7);
  EXPECT_EQ(options_.bind_address, "127.0.0.2");
  EXPECT_EQ(options_.user_name, "me");
  EXPECT_EQ(options_.password, "pw");
  EXPECT_EQ(options_.client_id, "id");
  EXPECT_EQ(options_.keep_alive_s, 9);
  EXPECT_FALSE(options_.clean_session);
  EXPECT_EQ(options_.session_expiry_s, tools::session_without_end);
  EXPECT_EQ(options_.version, protocol_version::v3_1);
  EXPECT_EQ(options_.max_inflight, 3U);
  EXPECT_EQ(options_.will.topic, "w");
  EXPECT_EQ(options_.will.payload, "p");
  EXPECT_EQ(options_.will.qos, nanonng::mqtt::quality_of_service::exactly_once);
  EXPECT_TRUE(options_.will.retain);
  EXPECT_TRUE(options_.tls.wanted());
  EXPECT_TRUE(options_.websocket);
  EXPECT_EQ(options_.proxy, "socks5h://p");
  EXPECT_TRUE(messages_.debug);
  EXPECT_TRUE(messages_.quiet);
}

TEST_F(client_options, every_spelling_of_a_version_is_understood) {
  for (const auto* word : {"mqttv5", "5"}) {
    read({"-V", word});
    EXPECT_EQ(options_.version, protocol_version::v5) << word;
  }
  for (const auto* word : {"mqttv311", "311", "4"}) {
    read({"-V", word});
    EXPECT_EQ(options_.version, protocol_version::v3_1_1) << word;
  }
  for (const auto* word : {"mqttv31", "31", "3"}) {
    read({"--protocol-version", word});
    EXPECT_EQ(options_.version, protocol_version::v3_1) << word;
  }
}

TEST_F(client_options, a_property_makes_it_mqtt_5) {
  read({"-D", "connect", "user-property", "a", "b"});
  EXPECT_EQ(options_.version, protocol_version::v5);
  EXPECT_EQ(options_.properties.all().size(), 1U);
}

TEST_F(client_options, understands_nanomq_s_names) {
  read({"--url", "mqtt-tcp://h:5", "--identifier", "id", "--user", "me", "--password", "pw", "--will-msg", "bye",
        "--clean_session", "false", "--user_property", "a=b=c", "--session_expiry_interval", "9"});
  EXPECT_EQ(options_.host, "h");
  EXPECT_EQ(options_.client_id, "id");
  EXPECT_EQ(options_.user_name, "me");
  EXPECT_EQ(options_.password, "pw");
  EXPECT_EQ(options_.will.payload, "bye");
  EXPECT_FALSE(options_.clean_session);
  EXPECT_EQ(options_.properties.all().front().value, "b=c");
  EXPECT_EQ(options_.session_expiry_s, 9U);
  EXPECT_EQ(topic_, "");
}

TEST_F(client_options, refuses_in_the_words_of_mosquitto) {
  EXPECT_EQ(refusal({"-k", "4"}), "Invalid keepalive given, it must be between 5 and 65535 inclusive.");
  EXPECT_EQ(refusal({"-p", "65536"}), "Invalid port given: 65536");
  EXPECT_EQ(refusal({"-M", "0"}), "Maximum inflight messages must be greater than 0.");
  EXPECT_EQ(refusal({"-M"}), "-M argument given but max_inflight not specified.");
  EXPECT_EQ(refusal({"-V"}), "--protocol-version argument given but no version specified.");
  EXPECT_EQ(refusal({"-V", "0"}), "Invalid protocol version argument given.");
  EXPECT_EQ(refusal({"-x", "A"}), "session-expiry-interval not a number.");
  EXPECT_EQ(refusal({"-x", "-2"}), "session-expiry-interval out of range.");
  EXPECT_EQ(refusal({"-x", "4294967296"}), "session-expiry-interval out of range.");
  EXPECT_EQ(refusal({"-i", "a", "-I", "b"}), "-i and -I argument cannot be used together.");
  EXPECT_EQ(refusal({"--will-qos", "3"}), "Invalid will QoS 3.");
  EXPECT_EQ(refusal({"--will-topic", "+"}), "Invalid will topic '+', does it contain '+' or '#'?");
  EXPECT_EQ(refusal({"--proxy", "http://x"}), "Unsupported proxy protocol: http://x");
  EXPECT_EQ(refusal({"-D", "connect"}), "--property argument given but not enough arguments specified.");
  EXPECT_EQ(refusal({"-L", "http://x"}), "Unsupported URL scheme.");
}

TEST_F(client_options, the_command_line_overrides_both_default_files) {
  write("mosquitto_pub", "# a comment\n-u from mosquitto\r\n-h theirs\n-k 11\n");
  write("nanomq_pub", "\n  -h ours\n-k 12\n--retain-not\n");
  EXPECT_EQ(refusal({"-k", "13"}), (directory_ / "nanomq_pub").string() + ":4: Unknown option '--retain-not'.");
  write("nanomq_pub", "-h ours\n-k 12\n-D connect user-property key a value\n-d");
  read({"-k", "13"});
  EXPECT_EQ(options_.user_name, "from mosquitto");
  EXPECT_EQ(options_.host, "ours");
  EXPECT_EQ(options_.keep_alive_s, 13);
  EXPECT_EQ(options_.properties.all().front().value, "a value");
  EXPECT_TRUE(messages_.debug);
}

TEST_F(client_options, a_named_file_takes_the_place_of_the_default_ones) {
  write("mosquitto_pub", "-h theirs\n");
  const auto path = write("mine", "-u me\n");
  read({"-o", path});
  EXPECT_EQ(options_.host, "localhost");
  EXPECT_EQ(options_.user_name, "me");
  EXPECT_EQ(refusal({"-o", path, "-o", path}), "Duplicate -o argument given.");
  EXPECT_EQ(refusal({"-o", "/nonexistent"}),
            "Unable to open options file \"/nonexistent\": No such file or directory.");
  EXPECT_EQ(refusal({"-o"}), "-o argument given but no options file specified.");
}

}  // namespace
}  // namespace nanomq::program
