// Enhanced authentication: a method of the program's own against a scripted server, SCRAM against a broker.
#include <cstring>

#include "nanomq/access/access_control.hpp"
#include "nanonng/mqtt_client.h"
#include "raw_server.hpp"
#include "sdk_c_fixture.hpp"

namespace nanonng::testing {
namespace {

using nanomq::support::AUTH;
using nanomq::support::auth_packet;
using nanomq::support::connack_packet;
using nanomq::support::CONNECT;
using nanomq::support::properties;
using nanomq::support::PUBLISH;
using nanomq::support::raw_peer;
using nanomq::support::raw_server;
namespace property = nanomq::support::property;

/// Says "first", answers "x" with "re: x", and is content with "right" alone.
struct speaker {
  static int answer(nmqtt_client, const void* challenge, size_t size, nng_msg* into, void* self) {
    if (challenge == nullptr) return nng_msg_append(into, "first", 5);
    if (static_cast<speaker*>(self)->gives_up) return NNG_EPERM;
    const int rv = nng_msg_append(into, "re: ", 4);
    return rv != 0 ? rv : nng_msg_append(into, challenge, size);
  }
  static int judge(nmqtt_client, const void* last, size_t size, void* self) {
    auto& my = *static_cast<speaker*>(self);
    my.last.assign(static_cast<const char*>(last), size);
    my.heard.raise();
    return my.last == "right" ? 0 : NNG_EPERM;
  }

  std::atomic<bool> gives_up{false};
  std::string last;
  signal heard;
};

/// The connections that a client had.
struct events {
  static void online(nmqtt_client, const nmqtt_event*, void* self) { static_cast<events*>(self)->made.raise(); }
  static void offline(nmqtt_client, const nmqtt_event* event, void* self) {
    auto& my = *static_cast<events*>(self);
    my.error = event->error;
    my.lost.raise();
  }

  signal made;
  signal lost;
  std::atomic<int> error{0};
};

properties says(const std::string& data) {
  return properties().text(property::authentication_method, "M").text(property::authentication_data, data);
}

/// A client with the method M. Listens to its events.
void prepare(const c_client& client, speaker& voice, events& seen) {
  EXPECT_EQ(nmqtt_client_set_auth(client, "M", speaker::answer, &voice), 0);
  EXPECT_EQ(nmqtt_client_set_auth_finish(client, speaker::judge, &voice), 0);
  EXPECT_EQ(nmqtt_client_set_reconnect(client, 1, 1, 0), 0);
  EXPECT_EQ(nmqtt_set_connect_cb(client, events::online, &seen), 0);
  EXPECT_EQ(nmqtt_set_disconnect_cb(client, events::offline, &seen), 0);
}

std::string data_of(const nanomq::support::client_packet& packet) {
  return packet.props.text(property::authentication_data).value_or("");
}

TEST(auth, is_the_conversation_that_the_callback_holds) {
  raw_server server;
  speaker voice;
  events seen;
  const c_client client(server.url());
  prepare(client, voice, seen);
  client.start();
  raw_peer peer = server.accept();
  EXPECT_EQ(data_of(peer.expect(CONNECT)), "first");
  peer.send(auth_packet{.code = 0x18, .props = says("who?")});
  EXPECT_EQ(data_of(peer.expect(AUTH)), "re: who?");
  peer.send(connack_packet{.props = says("right")});
  EXPECT_TRUE(seen.made.wait());
}

TEST(auth, leaves_a_server_whose_last_word_is_wrong_before_anything_is_sent) {
  raw_server server;
  speaker voice;
  events seen;
  const c_client client(server.url());
  prepare(client, voice, seen);
  client.start();
  aio sent;
  sent.give(make_message("t", "for the right one only", 0));
  nmqtt_publish_async(client, nullptr, sent.get());
  {
    raw_peer peer = server.accept();
    peer.expect(CONNECT);
    peer.send(connack_packet{.props = says("wrong")});
    EXPECT_TRUE(seen.lost.wait());
    EXPECT_EQ(seen.error, NNG_EPERM);
    EXPECT_EQ(voice.last, "wrong");
    peer.expect_close();
  }
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{.props = says("right")});
  EXPECT_EQ(peer.expect(PUBLISH).payload, "for the right one only");
  EXPECT_EQ(sent.wait(), 0);
}

TEST(auth, an_attempt_ends_when_the_callback_gives_up) {
  raw_server server;
  speaker voice;
  voice.gives_up = true;
  events seen;
  const c_client client(server.url());
  prepare(client, voice, seen);
  client.start();
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(auth_packet{.code = 0x18, .props = says("who?")});
  EXPECT_TRUE(seen.lost.wait());
  EXPECT_EQ(seen.error, NNG_EPERM);
}

/// A client that has been let in.
class reauthenticate : public ::testing::Test {
 protected:
  reauthenticate() {
    prepare(client_, voice_, seen_);
    client_.start();
    peer_.emplace(server_.accept());
    peer_->expect(CONNECT);
    peer_->send(connack_packet{.props = says("right")});
    EXPECT_TRUE(seen_.made.wait());
  }

  raw_server server_;
  speaker voice_;
  events seen_;
  const c_client client_{server_.url()};
  std::optional<raw_peer> peer_;
};

// [MQTT-4.12.1-1]
TEST_F(reauthenticate, ends_when_the_server_is_content) {
  aio again;
  nmqtt_reauthenticate_async(client_, nullptr, again.get());
  const auto begun = peer_->expect(AUTH);
  EXPECT_EQ(begun.code, 0x19);
  EXPECT_EQ(data_of(begun), "first");
  nmqtt_outcome said;
  EXPECT_EQ(nmqtt_reauthenticate(client_, &said), NNG_EPROTO);
  EXPECT_EQ(said.reason, 0x82);
  EXPECT_EQ(again.ends(), 0);
  peer_->send(auth_packet{.code = 0, .props = says("right")});
  EXPECT_EQ(again.wait(), 0);
}

// [MQTT-4.12.1-2]
TEST_F(reauthenticate, ends_with_the_connection_when_the_server_is_not_content) {
  aio again;
  nmqtt_outcome said;
  nmqtt_reauthenticate_async(client_, &said, again.get());
  peer_->expect(AUTH);
  peer_->send(nanomq::support::octets{0xE0, 2, 0x87, 0});
  EXPECT_EQ(again.wait(), NNG_EPERM);
  EXPECT_EQ(said.reason, 0x87);
  EXPECT_TRUE(seen_.lost.wait());
}

TEST_F(reauthenticate, goes_on_when_nobody_waits_for_it_any_more) {
  aio again;
  nmqtt_reauthenticate_async(client_, nullptr, again.get());
  peer_->expect(AUTH);
  nng_aio_cancel(again.get());
  EXPECT_EQ(again.wait(), NNG_ECANCELED);
  peer_->send(auth_packet{.code = 0, .props = says("right")});
  aio sent;
  sent.give(make_message("t", "x", 0));
  nmqtt_publish_async(client_, nullptr, sent.get());
  EXPECT_EQ(peer_->expect(PUBLISH).payload, "x");
  EXPECT_EQ(sent.wait(), 0);
}

TEST(reauthenticate_without, a_method_or_a_connection_is_refused) {
  const c_client plain(nowhere);
  EXPECT_EQ(nmqtt_reauthenticate(plain, nullptr), NNG_ESTATE);
  plain.start();
  EXPECT_EQ(nmqtt_reauthenticate(plain, nullptr), NNG_ENOTSUP);
  const c_client old(nowhere);
  EXPECT_EQ(nmqtt_client_set_version(old, 4), 0);
  EXPECT_EQ(nmqtt_client_set_auth(old, "M", speaker::answer, nullptr), 0);
  old.start();
  EXPECT_EQ(nmqtt_reauthenticate(old, nullptr), NNG_ENOTSUP);
  speaker voice;
  const c_client away(nowhere);
  EXPECT_EQ(nmqtt_client_set_auth(away, "M", speaker::answer, &voice), 0);
  away.start();
  EXPECT_EQ(nmqtt_reauthenticate(away, nullptr), NNG_ESTATE);
}

// The vector of RFC 7677: the user "user" with the password "pencil".
constexpr std::string_view one_user =
    "user:$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY$"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU\n";

class scram : public ::testing::Test {
 protected:
  void SetUp() override {
    const c_client probe(nowhere);
    if (nmqtt_client_set_scram(probe, "user", "pencil") == NNG_ENOTSUP) GTEST_SKIP() << "a build without TLS";
    std::string why;
    auto users = nanomq::access::password_file::read(one_user, "users", why);
    ASSERT_TRUE(users) << why;
    nanomq::access::access_settings wanted;
    wanted.written_passwords = std::make_shared<const nanomq::access::password_file>(*std::move(users));
    const auto workers = std::make_shared<nanomq::access::worker_pool>(1, 16);
    auto rights = nanomq::access::open_access_control(wanted, false, workers, why);
    ASSERT_TRUE(rights) << why;
    auto options = nanomq::broker::testing::options_with(2);
    options.access = *rights;
    broker_ = std::make_unique<nanomq::broker::testing::running>(std::move(options));
  }
  [[nodiscard]] std::string url() const { return url_of(broker_->where()); }

  std::unique_ptr<nanomq::broker::testing::running> broker_;
};

TEST_F(scram, shows_that_the_client_knows_the_password_and_once_more) {
  const c_client client(url());
  ASSERT_EQ(nmqtt_client_set_scram(client, "user", "pencil"), 0);
  client.start();
  EXPECT_EQ(client.publish("t", "x"), 0);
  for (int i = 0; i < 2; ++i) {
    nmqtt_outcome said;
    std::memset(&said, 0xFF, sizeof said);
    EXPECT_EQ(nmqtt_reauthenticate(client, &said), 0);
    EXPECT_EQ(said.reason, 0);
    EXPECT_STREQ(said.text, "");
  }
  EXPECT_EQ(client.publish("t", "x"), 0);
}

TEST_F(scram, a_wrong_password_is_refused) {
  events seen;
  const c_client client(url());
  ASSERT_EQ(nmqtt_client_set_scram(client, "user", "Pencil"), 0);
  EXPECT_EQ(nmqtt_client_set_reconnect_after_refusal(client, false), 0);
  EXPECT_EQ(nmqtt_set_disconnect_cb(client, events::offline, &seen), 0);
  client.start();
  EXPECT_TRUE(seen.lost.wait());
  EXPECT_EQ(seen.error, NNG_EPERM);
  EXPECT_EQ(client.publish("t", "x"), NNG_EPERM);
}

TEST_F(scram, is_left_when_a_method_comes_after_it_or_none) {
  speaker voice;
  events seen;
  raw_server server;
  const c_client other(server.url());
  EXPECT_EQ(nmqtt_client_set_scram(other, "user", "pencil"), 0);
  prepare(other, voice, seen);
  other.start();
  EXPECT_EQ(server.accept().expect(CONNECT).props.text(property::authentication_method), "M");
  raw_server second;
  const c_client none(second.url());
  EXPECT_EQ(nmqtt_client_set_auth(none, "M", speaker::answer, &voice), 0);
  EXPECT_EQ(nmqtt_client_set_scram(none, nullptr, nullptr), 0);
  none.start();
  EXPECT_FALSE(second.accept().expect(CONNECT).props.has(property::authentication_method));
}

TEST_F(scram, is_for_printable_ascii_and_before_the_start) {
  const c_client client(nowhere);
  EXPECT_EQ(nmqtt_client_set_scram(client, "", "x"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_scram(client, "x", nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_scram(client, "\xC3\xA4", "x"), NNG_EINVAL);
  client.start();
  EXPECT_EQ(nmqtt_client_set_scram(client, "x", "y"), NNG_EBUSY);
  EXPECT_EQ(nmqtt_client_set_auth_finish(client, nullptr, nullptr), NNG_EBUSY);
  EXPECT_EQ(nmqtt_client_set_scram(nmqtt_client{}, "x", "y"), NNG_ECLOSED);
}

}  // namespace
}  // namespace nanonng::testing
