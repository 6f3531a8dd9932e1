// https: a server with a certificate of a small authority that the test makes.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "http_server.hpp"
#include "nanonng/net/certificate.hpp"
#include "nanonng/net/tls_stream.hpp"

namespace nanomq::http {
namespace {

using nanonng::net::certificate_and_key;
using nanonng::net::certificate_wish;
using nanonng::net::io_result;
using support::ask;
using support::failure;
using support::get;
using support::http_answer;
using support::http_server;

void write(const std::filesystem::path& where, const std::string& text) {
  std::FILE* const file = std::fopen(where.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs(text.c_str(), file);
  std::fclose(file);
}

certificate_and_key make(certificate_wish::purpose what, const std::string& name, const std::string& address,
                         const certificate_and_key* authority) {
  std::string why;
  certificate_wish wish;
  wish.what = what;
  wish.common_name = name;
  if (!address.empty()) wish.addresses.push_back(address);
  wish.not_before = std::chrono::sys_days(std::chrono::year(2020) / 1 / 1);
  wish.not_after = std::chrono::sys_days(std::chrono::year(2090) / 1 / 1);
  auto made = make_certificate(wish, authority, why);
  EXPECT_TRUE(made) << why;
  return made.value_or(certificate_and_key{});
}

class http_client_tls : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/nanomq-http-XXXXXX";
    folder_ = ::mkdtemp(name);
    using purpose = certificate_wish::purpose;
    const auto authority = make(purpose::authority, "authority", "", nullptr);
    write(folder_ / "ca.crt", authority.certificate);
    save("right", make(purpose::server, "server", "127.0.0.1", &authority));
    save("wrong", make(purpose::server, "127.0.0.1", "127.0.0.2", &authority));
    save("client", make(purpose::client, "broker", "", &authority));
  }
  void TearDown() override {
    if (thread_.joinable()) thread_.join();
    std::filesystem::remove_all(folder_);
  }

  void save(const std::string& name, const certificate_and_key& what) {
    write(folder_ / (name + ".crt"), what.certificate);
    write(folder_ / (name + ".key"), what.key);
  }
  nanonng::net::tls_credential credential(const std::string& name) {
    return {folder_ / (name + ".crt"), folder_ / (name + ".key"), ""};
  }

  /// One connection: shakes hands, reads a head, answers, and goes when the client does.
  void serve(const std::string& name, bool asks_for_certificate = false) {
    nanonng::net::tls_server_options how;
    how.protocols.clear();
    how.credentials = {credential(name)};
    if (asks_for_certificate) {
      how.ca_file = folder_ / "ca.crt";
      how.ask = nanonng::net::client_certificates::required;
    }
    std::string why;
    auto context = nanonng::net::tls_context::server(how, why);
    ASSERT_TRUE(context) << why;
    thread_ = std::thread([this, context = *context] { talk(context); });
  }

  void talk(const std::shared_ptr<const nanonng::net::tls_context>& context) {
    const int socket = server_.accept().release();
    const auto over = make_tls_stream(context, nanonng::net::make_socket_stream(socket));
    std::string request;
    std::vector<std::byte> buffer(65'536);
    bool answered = false;
    for (;;) {
      const io_result got = over->read(buffer);
      if (got.what == io_result::outcome::closed || got.what == io_result::outcome::failed) return;
      request += nanolib::as_text(nanolib::bytes(buffer).first(got.bytes));
      static_cast<void>(over->write({}));
      if (!answered && request.contains("\r\n\r\n")) {
        std::string answer = http_answer("hello");
        const iovec one{answer.data(), answer.size()};
        static_cast<void>(over->write({&one, 1}));
        answered = true;
      }
      if (got.what == io_result::outcome::would_block) {
        pollfd waits{socket, POLLIN, 0};
        if (::poll(&waits, 1, support::http_deadline_ms) != 1) return;
      }
    }
  }

  client_options options(const std::string& name = "") {
    nanonng::net::tls_client_options how;
    how.protocols.clear();
    how.ca_file = folder_ / "ca.crt";
    if (!name.empty()) how.credential = credential(name);
    std::string why;
    auto context = nanonng::net::tls_context::client(how, why);
    EXPECT_TRUE(context) << why;
    client_options made;
    made.connect_timeout = made.timeout = nanolib::duration(60'000);
    made.tls = context.value_or(nullptr);
    return made;
  }
  request https() {
    request what = server_.request();
    what.where.secure = true;
    return what;
  }

  std::filesystem::path folder_;
  http_server server_;
  std::thread thread_;
};

TEST_F(http_client_tls, asks_a_server_that_shows_the_right_certificate) {
  serve("right");
  client subject(options());
  const client::answer said = get(ask(subject, https()));
  ASSERT_TRUE(said) << failure_text(said.error());
  EXPECT_EQ(said->body, "hello");
}

TEST_F(http_client_tls, does_not_ask_a_server_with_another_name) {
  serve("wrong");
  client subject(options());
  EXPECT_EQ(failure(ask(subject, https())), EACCES);
  EXPECT_EQ(subject.describe({nanolib::error_domain::sys, EACCES}),
            "TLS handshake: the peer's certificate was refused: it is for another name than the one that was called");
  EXPECT_EQ(subject.describe({nanolib::error_domain::sys, ETIMEDOUT}), "no answer in time");
}

TEST_F(http_client_tls, guesses_why_a_server_of_https_does_not_answer_to_http) {
  serve("right");
  client subject(options());
  EXPECT_EQ(failure(ask(subject, server_.request())), ECONNRESET);
  EXPECT_EQ(subject.describe({nanolib::error_domain::sys, ECONNRESET}),
            "the server closed the connection without an answer: does it want https?");
}

TEST_F(http_client_tls, does_not_ask_a_server_whose_authority_it_does_not_know) {
  serve("right");
  client_options how = options();
  nanonng::net::tls_client_options unknown;
  unknown.protocols.clear();
  unknown.ca_file = folder_ / "client.crt";
  std::string why;
  auto context = nanonng::net::tls_context::client(unknown, why);
  ASSERT_TRUE(context) << why;
  how.tls = *context;
  client subject(how);
  EXPECT_EQ(failure(ask(subject, https())), EACCES);
}

TEST_F(http_client_tls, shows_its_own_certificate_when_asked) {
  serve("right", true);
  client subject(options("client"));
  EXPECT_TRUE(get(ask(subject, https())));
}

TEST_F(http_client_tls, is_not_answered_without_the_certificate_that_the_server_wants) {
  serve("right", true);
  client subject(options());
  EXPECT_FALSE(get(ask(subject, https())));
}

TEST_F(http_client_tls, does_not_talk_tls_to_a_server_without_it) {
  client subject(options());
  auto later = ask(subject, https());
  support::http_peer peer = server_.accept();
  peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(failure(std::move(later)), EPROTO);
}

}  // namespace
}  // namespace nanomq::http
