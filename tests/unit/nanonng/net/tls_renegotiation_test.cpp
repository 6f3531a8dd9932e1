// A client of another making, which asks for what ours never would.
#include <gmock/gmock.h>
#include <mbedtls/ssl.h>

#include "tls_fixture.hpp"

namespace nanonng::net {
namespace {

/// mbedtls over one end of a pair in memory, with renegotiation.
class raw_client {
 public:
  explicit raw_client(std::unique_ptr<stream> over) : over_(std::move(over)) {
    mbedtls_ssl_init(&ssl_);
    mbedtls_ssl_config_init(&config_);
    EXPECT_EQ(mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                          MBEDTLS_SSL_PRESET_DEFAULT),
              0);
    mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_renegotiation(&config_, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
    mbedtls_ssl_conf_rng(&config_, count_up, &counter_);
    EXPECT_EQ(mbedtls_ssl_setup(&ssl_, &config_), 0);
    mbedtls_ssl_set_bio(&ssl_, over_.get(), send, receive, nullptr);
  }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client() {
    mbedtls_ssl_free(&ssl_);
    mbedtls_ssl_config_free(&config_);
  }
  int handshake() { return mbedtls_ssl_handshake(&ssl_); }
  int renegotiate() { return mbedtls_ssl_renegotiate(&ssl_); }
  int write(std::string_view text) {
    return mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }

 private:
  static int count_up(void* counter, unsigned char* into, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      into[i] = static_cast<unsigned char>(++*static_cast<unsigned*>(counter) * 37U);
    return 0;
  }
  static int send(void* to, const unsigned char* data, std::size_t size) {
    const iovec part{const_cast<unsigned char*>(data), size};
    return static_cast<int>(static_cast<stream*>(to)->write({&part, 1}).bytes);
  }
  static int receive(void* from, unsigned char* into, std::size_t size) {
    const io_result result = static_cast<stream*>(from)->read({reinterpret_cast<std::byte*>(into), size});
    if (result.what == io_result::outcome::moved) return static_cast<int>(result.bytes);
    return result.what == io_result::outcome::closed ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
  }

  std::unique_ptr<stream> over_;
  mbedtls_ssl_context ssl_;
  mbedtls_ssl_config config_;
  unsigned counter_ = 0;
};

// THREATS 63.
TEST(tls_renegotiation, ends_the_connection_after_what_was_sent_before) {
  test::memory_pair wire;
  test::stream_driver server(make_tls_stream(test::server_context(test::usual_server()), wire.left()));
  raw_client client(wire.right());
  for (int rounds = 0; rounds < 100 && client.handshake() != 0; ++rounds) server.step();
  ASSERT_NE(server->identity(), nullptr) << server->failure();
  ASSERT_EQ(client.write("hello"), 5);
  server.pull();
  EXPECT_EQ(server.received, "hello");
  EXPECT_FALSE(server.over());
  ASSERT_EQ(client.write("again"), 5);
  EXPECT_EQ(client.renegotiate(), MBEDTLS_ERR_SSL_WANT_READ);
  server.pull();
  server.pull();
  EXPECT_EQ(server.received, "helloagain");
  EXPECT_EQ(server.why, (nanolib::error{nanolib::error_domain::sys, EPROTO}));
}

// THREATS 63: what has authenticated nobody yet computes no second handshake either.
TEST(tls_renegotiation, is_refused_as_the_first_message_too) {
  test::memory_pair wire;
  test::stream_driver server(make_tls_stream(test::server_context(test::usual_server()), wire.left()));
  raw_client client(wire.right());
  for (int rounds = 0; rounds < 100 && client.handshake() != 0; ++rounds) server.step();
  ASSERT_NE(server->identity(), nullptr) << server->failure();
  EXPECT_EQ(client.renegotiate(), MBEDTLS_ERR_SSL_WANT_READ);
  server.pull();
  EXPECT_TRUE(server.failed);
}

}  // namespace
}  // namespace nanonng::net
