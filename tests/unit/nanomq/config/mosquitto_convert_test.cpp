#include "nanomq/config/mosquitto_convert.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <map>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

class files_in_memory final : public mosquitto_files {
 public:
  std::map<std::string, std::string> texts;

  nanolib::result<std::string> read(const std::string& path, std::string& why) override {
    if (const auto found = texts.find(path); found != texts.end()) return found->second;
    why = "no such file";
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, 2});
  }

  nanolib::result<std::vector<std::string>> list(const std::string& directory, std::string& why) override {
    std::vector<std::string> names;
    for (const auto& [path, text] : texts) {
      if (path.starts_with(directory + "/")) names.push_back(path.substr(directory.size() + 1));
    }
    if (!names.empty()) return names;
    why = "no such directory";
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, 2});
  }
};

mosquitto_conversion convert(std::string_view text, std::map<std::string, std::string> texts = {}) {
  files_in_memory files;
  files.texts = std::move(texts);
  return convert_mosquitto(text, "m.conf", files);
}

// Keys and values without comments and blank lines.
std::string keys(const mosquitto_conversion& made) {
  std::string out;
  std::string_view rest = made.text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n') + 1, rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end);
    if (!line.starts_with('#') && line != "\n") out += line;
  }
  return out;
}

std::string notes(const mosquitto_conversion& made) {
  std::string out;
  for (const auto& note : made.notes) out += note.shown() + "\n";
  return out;
}

struct written_case {
  std::string_view text;
  std::string_view expected;
};

TEST(mosquitto_convert, says_the_same_in_other_keys) {
  constexpr std::array cases{
      written_case{"", ""},
      written_case{"# nothing\n  # here\n\n", ""},
      written_case{"\xEF\xBB\xBFport 1884\r\n", "listeners.tcp.bind = \"*:1884\"\n"},
      written_case{"listener 1883 10.0.0.1", "listeners.tcp.bind = \"10.0.0.1:1883\"\n"},
      written_case{"listener\t1883\t::1\n", "listeners.tcp.bind = \"[::1]:1883\"\n"},
      written_case{"listener 1883\nsocket_domain ipv4\nlistener 1884\nsocket_domain ipv6\n",
                   "listeners.tcp.bind = \"0.0.0.0:1883\"\nlisteners.tcp.p1884.bind = \"[::]:1884\"\n"},
      written_case{"listener 0 /run/m.sock", "listeners.tcp.bind = \"unix:///run/m.sock\"\n"},
      written_case{"port 1885\nbind_address 127.0.0.1\n", "listeners.tcp.bind = \"127.0.0.1:1885\"\n"},
      written_case{"listener 9001\nprotocol websockets\n",
                   "listeners.ws.bind = \"*:9001\"\nlisteners.ws.any_path = true\n"},
      written_case{"listener 8883\ncertfile /c\nkeyfile /k\ncafile /a\nrequire_certificate true\n"
                   "use_identity_as_username true\ntls_version tlsv1.2\n",
                   "listeners.ssl.bind = \"*:8883\"\nlisteners.ssl.certfile = \"/c\"\nlisteners.ssl.keyfile = \"/k\"\n"
                   "listeners.ssl.cacertfile = \"/a\"\nlisteners.ssl.verify_peer = true\n"
                   "listeners.ssl.fail_if_no_peer_cert = true\nlisteners.ssl.use_identity_as_username = cn\n"
                   "listeners.ssl.min_version = 1.2\n"},
      written_case{"psk_file /p\nlistener 8884\npsk_hint h\nuse_identity_as_username true\n",
                   "listeners.ssl.bind = \"*:8884\"\nlisteners.ssl.use_identity_as_username = true\n"
                   "listeners.ssl.psk_file = \"/p\"\n"},
      written_case{"listener 1883\nmax_connections -1\nbind_interface eth0\n",
                   "listeners.tcp.bind = \"*:1883\"\nlisteners.tcp.max_connections = 0\n"
                   "listeners.tcp.bind_interface = \"eth0\"\n"},
      written_case{"listener 1883\nset_tcp_nodelay false\nallow_anonymous true\n",
                   "listeners.tcp.bind = \"*:1883\"\nlisteners.tcp.nodelay = false\nauth.allow_anonymous = true\n"},
      written_case{"per_listener_settings true\nlistener 1883\nallow_anonymous TRUE\nlistener 1884\n",
                   "listeners.tcp.bind = \"*:1883\"\nlisteners.tcp.allow_anonymous = true\n"
                   "listeners.tcp.p1884.bind = \"*:1884\"\n"},
      written_case{"max_inflight_messages 0\nmax_keepalive 120\nsys_interval 5\n",
                   "mqtt.max_inflight = 65535\nmqtt.receive_maximum = 65535\nmqtt.max_keepalive = 120s\n"
                   "sys.interval = 5s\n"},
      written_case{"max_queued_messages 500\nmax_queued_bytes 0\n",
                   "mqtt.max_queue_messages = 500\nmqtt.max_queue_bytes = 1099511627776\n"},
      written_case{"message_size_limit 1000\n", "mqtt.max_packet_size = 66536\n"},
      written_case{"message_size_limit 1000000\nmax_packet_size 2000\n", "mqtt.max_packet_size = 2000\n"},
      written_case{"retain_available false\n", "mqtt.max_retained_messages = 0\n"},
      written_case{"persistent_client_expiration 2w\n", "mqtt.max_session_expiry = 336h\n"},
      written_case{"log_dest stdout\nlog_dest stderr\nlog_dest file /var/log/m.log\nlog_type error\nlog_type warning\n",
                   "log.level = warn\nlog.to = [console, file]\nlog.file = \"/var/log/m.log\"\n"},
      written_case{"log_dest none\n", "log.level = info\nlog.to = []\n"},
      written_case{"persistence true\npersistence_location /var/lib/m/\n", "store.dir = \"/var/lib/m/nanomq-store\"\n"},
  };
  for (const auto& one : cases) {
    const auto made = convert(one.text);
    EXPECT_TRUE(made.succeeded()) << one.text << notes(made);
    EXPECT_EQ(keys(made), one.expected) << one.text;
  }
}

TEST(mosquitto_convert, tells_above_each_key_where_it_is_from) {
  const auto made = convert("# a comment\nsys_interval 5\n");
  EXPECT_NE(made.text.find("# m.conf:2: sys_interval 5\nsys.interval = 5s\n"), std::string::npos) << made.text;
}

TEST(mosquitto_convert, refuses_lines_with_their_number) {
  constexpr std::array cases{
      written_case{"\n\nlistner 1883\n",
                   "m.conf:3: error: 'listner' is no option of mosquitto.conf; did you mean 'listener'?\n"},
      written_case{"port\n", "m.conf:1: error: 'port' has no value\n"},
      written_case{"port x\n", "m.conf:1: error: 'port' is a whole number\n"},
      written_case{"persistence maybe\n", "m.conf:1: error: 'persistence' is true or false\n"},
      written_case{"topic a/# out\n", "m.conf:1: error: 'topic' belongs below a connection\n"},
      written_case{"user a\x01\n", "m.conf:1: error: not text in UTF-8\n"},
      written_case{"user \xff\n", "m.conf:1: error: not text in UTF-8\n"},
      written_case{"pid_file /a\npid_file /b\n",
                   "m.conf:1: warning: 'pid_file' has no meaning here: nanomq broker start "
                   "--pid-file FILE\nm.conf:2: error: 'pid_file' is also in m.conf:1\n"},
      written_case{"log_type loud\n", "m.conf:1: error: mosquitto has no 'log_type' loud\n"},
      written_case{"log_dest moon\n", "m.conf:1: error: mosquitto has no 'log_dest' moon\n"},
      written_case{"persistent_client_expiration 2\n",
                   "m.conf:1: error: 'persistent_client_expiration' is a number and one of h, d, w, m, y\n"},
      written_case{"listener 0\nallow_anonymous true\n", "m.conf:1: error: port 0 needs the path of a Unix socket\n"},
      written_case{"listener 1\nmax_connections 0\nallow_anonymous true\n",
                   "m.conf:2: error: nobody could connect; -1 is any number\n"},
      written_case{"listener 1\npsk_hint h\n", "m.conf:2: error: 'psk_hint' needs a 'psk_file'\n"},
      written_case{"listener 1\nprotocol http\nallow_anonymous true\n",
                   "m.conf:2: error: 'protocol' is mqtt or websockets\n"},
      written_case{"include_dir nowhere\n", "m.conf:1: error: nowhere: no such directory\n"},
  };
  for (const auto& one : cases) {
    const auto made = convert(one.text);
    EXPECT_FALSE(made.succeeded()) << one.text;
    EXPECT_EQ(made.text, "") << one.text;
    EXPECT_EQ(notes(made), one.expected) << one.text;
  }
}

// THREATS 76: what keeps somebody out is never passed over.
TEST(mosquitto_convert, refuses_what_would_let_somebody_in_or_do_more) {
  for (const std::string_view text :
       {"plugin /p.so\n", "auth_plugin /p.so\n", "clientid_prefixes a-\n", "listener 1\nmount_point a/\n",
        "listener 1\ncertfile /c\nkeyfile /k\nuse_subject_as_username true\n",
        "listener 1\ncertfile /c\nkeyfile /k\nuse_identity_as_username true\n",
        "per_listener_settings true\nlistener 1\npassword_file /a\nlistener 2\npassword_file /b\n",
        "per_listener_settings true\nlistener 1\nacl_file /a\nlistener 2\nacl_file /b\n"}) {
    EXPECT_FALSE(convert(text).succeeded()) << text;
  }
}

TEST(mosquitto_convert, refuses_a_value_that_our_own_reader_refuses) {
  const auto made = convert("max_keepalive 70000\n");
  ASSERT_EQ(made.notes.size(), 1U);
  EXPECT_EQ(notes(made).substr(0, 17), "m.conf:1: error: ");
}

TEST(mosquitto_convert, refuses_an_overlong_line_but_no_overlong_comment) {
  const std::string many(9000, 'x');
  EXPECT_TRUE(convert("#" + many + "\n").succeeded());
  EXPECT_EQ(notes(convert("user " + many + "\n")), "m.conf:1: error: a line of more than 8192 bytes\n");
}

TEST(mosquitto_convert, lets_the_later_flag_count_and_says_so) {
  const auto made = convert("allow_anonymous false\nport 1\nport 2\nallow_anonymous true\n");
  EXPECT_EQ(keys(made), "listeners.tcp.bind = \"*:2\"\nauth.allow_anonymous = true\n");
  EXPECT_EQ(notes(made), "m.conf:3: warning: 'port' takes the place of m.conf:2\n");
}

TEST(mosquitto_convert, reads_what_a_directory_includes_in_mosquittos_order) {
  const auto made = convert("include_dir d\n", {{"d/b.conf", "sys_interval 2\n"},
                                                {"d/B.conf", "sys_interval 1\n"},
                                                {"d/a.conf", "sys_interval 3\ninclude_dir e\n"},
                                                {"d/c.txt", "nonsense\n"}});
  EXPECT_EQ(notes(made),
            "d/B.conf:1: warning: 'sys_interval' takes the place of d/a.conf:1\n"
            "d/a.conf:2: error: 'include_dir' counts only in the main file\n"
            "d/b.conf:1: warning: 'sys_interval' takes the place of d/B.conf:1\n");
}

TEST(mosquitto_convert, reads_the_files_of_users_and_rules_with_our_own_readers) {
  const std::string text = "password_file /p\nacl_file /a\n";
  const auto good = convert(text, {{"/p", ""}, {"/a", "topic read a/#\n"}});
  EXPECT_EQ(keys(good), "auth.password_file = \"/p\"\nauth.acl_file = \"/a\"\n");
  EXPECT_EQ(notes(good), "");
  const auto bad = convert(text, {{"/p", "ann:plain text\n"}, {"/a", "topic read a/#\n"}});
  EXPECT_FALSE(bad.succeeded());
  EXPECT_EQ(notes(convert(text)),
            "m.conf:1: warning: /p: no such file; not looked into\n"
            "m.conf:2: warning: /a: no such file; not looked into\n");
}

TEST(mosquitto_convert, keeps_bridges_as_comments_without_their_passwords) {
  const auto made =
      convert("connection cloud\naddress a:1883\nremote_password secret\ntopic # out 1\nsys_interval 3\n");
  ASSERT_TRUE(made.succeeded()) << notes(made);
  EXPECT_EQ(made.text.find("secret"), std::string::npos);
  EXPECT_NE(made.text.find("#   m.conf:3: remote_password (left out)\n#   m.conf:4: topic # out 1\n"),
            std::string::npos)
      << made.text;
  EXPECT_EQ(keys(made), "sys.interval = 3s\n");
  EXPECT_EQ(made.notes.size(), 1U);
}

TEST(mosquitto_convert, names_a_listener_that_comes_from_an_option_before_the_first) {
  const auto made = convert("max_connections 5\nlistener 1884\nallow_anonymous true\n");
  EXPECT_EQ(keys(made),
            "listeners.tcp.bind = \"*:1883\"\nlisteners.tcp.max_connections = 5\n"
            "listeners.tcp.p1884.bind = \"*:1884\"\nauth.allow_anonymous = true\n");
  EXPECT_EQ(made.notes.size(), 1U);
}

TEST(mosquitto_convert, warns_where_nobody_could_connect) {
  constexpr std::string_view nobody =
      " warning: with mosquitto nobody could connect, for want of users; here anybody on this machine can until there "
      "are "
      "some\n";
  EXPECT_EQ(notes(convert("listener 1883\n")), "m.conf:1:" + std::string(nobody));
  EXPECT_EQ(notes(convert("sys_interval 1\nallow_anonymous false\n")), "m.conf:2:" + std::string(nobody));
  EXPECT_EQ(notes(convert("per_listener_settings true\nlistener 1\nallow_anonymous true\nlistener 2\n")),
            "m.conf:4:" + std::string(nobody));
  EXPECT_EQ(notes(convert("sys_interval 1\n")), "");
}

TEST(mosquitto_convert, passes_over_tls_of_a_listener_without_certificate) {
  EXPECT_EQ(
      notes(convert("listener 1883\ncafile /a\nallow_anonymous true\n")),
      "m.conf:2: warning: 'cafile' has no meaning here: it counts only with certfile and keyfile, or with psk_hint\n");
}

TEST(mosquitto_convert, has_a_row_with_a_reason_for_each_option) {
  std::ifstream file(NANOMQ_SOURCE_DIR "/docs/manual/from_mosquitto.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_NE(page.find(mosquitto_option_table()), std::string::npos) << "nanomq convert --table prints it";
}

}  // namespace
}  // namespace nanomq::config
