// Certificates that are made here, read again, and shown to each other.
#include "nanonng/net/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "tls_fixture.hpp"

namespace nanonng::net::test {
namespace {

using purpose = certificate_wish::purpose;
using testing::HasSubstr;
using kind = tls_identity::name_kind;

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string content_of(const std::string& name) {
  std::ifstream file(certificate_file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

certificate_wish wish(purpose what, const std::string& name, int days = 10) {
  return {.what = what,
          .common_name = name,
          .names = {},
          .addresses = {},
          .not_before = now() - std::chrono::hours(1),
          .not_after = now() + std::chrono::days(days)};
}

certificate_and_key made(const certificate_wish& from, const certificate_and_key* authority) {
  std::string why;
  auto both = make_certificate(from, authority, why);
  EXPECT_TRUE(both) << why;
  return both.value_or(certificate_and_key());
}

std::string refusal(const certificate_wish& from, const certificate_and_key* authority) {
  std::string why;
  EXPECT_FALSE(make_certificate(from, authority, why).has_value());
  return why;
}

certificate_facts facts_of(const certificate_and_key& from) {
  std::string why;
  const auto all = read_certificates(from.certificate, why);
  EXPECT_TRUE(all) << why;
  return all && !all->empty() ? all->front() : certificate_facts();
}

/// Files that go with the test.
class files {
 public:
  explicit files(const std::string& name) : base_(testing::TempDir() + name + std::to_string(::getpid())) {}
  ~files() {
    for (const char* const ending : {".pem", ".key"}) std::remove((base_ + ending).c_str());
  }
  files(const files&) = delete;
  files& operator=(const files&) = delete;
  tls_credential write(const certificate_and_key& what) const {
    put(base_ + ".pem", what.certificate);
    put(base_ + ".key", what.key);
    return {base_ + ".pem", base_ + ".key", {}};
  }

 private:
  static void put(const std::string& path, const std::string& text) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(text.c_str(), file);
    std::fclose(file);
  }
  std::string base_;
};

TEST(certificate, says_what_was_wished_for) {
  const auto authority = made(wish(purpose::authority, "An authority, of mine"), nullptr);
  certificate_wish server = wish(purpose::server, "gateway.local");
  server.names = {"gateway.local", "*.example.org"};
  server.addresses = {"192.168.1.5", "fe80::1"};
  const auto facts = facts_of(made(server, &authority));
  EXPECT_EQ(facts.subject, "CN=gateway.local");
  EXPECT_EQ(facts.issuer, facts_of(authority).subject);
  EXPECT_THAT(facts.issuer, HasSubstr("of mine"));
  EXPECT_EQ(facts.not_before, server.not_before);
  EXPECT_EQ(facts.not_after, server.not_after);
  EXPECT_EQ(facts.key, "EC 256 bits");
  EXPECT_EQ(facts.fingerprint.size(), 64U);
  EXPECT_FALSE(facts.is_authority);
  EXPECT_TRUE(facts_of(authority).is_authority);
  const std::vector<tls_identity::alternative_name> names{{kind::dns, "gateway.local"},
                                                          {kind::dns, "*.example.org"},
                                                          {kind::address, "192.168.1.5"},
                                                          {kind::address, "fe80::1"}};
  EXPECT_EQ(facts.names, names);
}

TEST(certificate, ends_with_its_authority_at_the_latest) {
  const auto authority = made(wish(purpose::authority, "ca", 5), nullptr);
  const auto facts = facts_of(made(wish(purpose::client, "device", 50), &authority));
  EXPECT_EQ(facts.not_after, facts_of(authority).not_after);
  certificate_wish late = wish(purpose::client, "device", 60);
  late.not_before = now() + std::chrono::days(55);
  EXPECT_THAT(refusal(late, &authority), HasSubstr("run out"));
}

TEST(certificate, may_end_after_2050) {
  const certificate_wish wished = wish(purpose::authority, "ca", 36'500);
  EXPECT_EQ(facts_of(made(wished, nullptr)).not_after, wished.not_after);
}

TEST(certificate, refuses_names_that_cannot_stand_in_one) {
  const auto authority = made(wish(purpose::authority, "ca"), nullptr);
  for (const std::string& name : {std::string(), std::string(65, 'x'), std::string("a\\b"), std::string("a\nb")}) {
    EXPECT_THAT(refusal(wish(purpose::client, name), &authority), HasSubstr("common name")) << name;
  }
  for (const char* const name : {"", "a b", ".local", "a..b", "a*", "*."}) {
    certificate_wish server = wish(purpose::server, "x");
    server.names = {name};
    EXPECT_THAT(refusal(server, &authority), HasSubstr("no name of a host")) << name;
  }
  certificate_wish server = wish(purpose::server, "x");
  server.addresses = {"1.2.3"};
  EXPECT_THAT(refusal(server, &authority), HasSubstr("no IP address"));
}

TEST(certificate, has_room_for_many_names) {
  const auto authority = made(wish(purpose::authority, "ca"), nullptr);
  certificate_wish server = wish(purpose::server, "x");
  for (int i = 0; i < 60; ++i) server.names.push_back("host-" + std::to_string(i) + ".example.org");
  EXPECT_EQ(facts_of(made(server, &authority)).names.size(), 60U);
}

TEST(certificate, wants_an_authority_that_is_one) {
  const auto authority = made(wish(purpose::authority, "ca"), nullptr);
  const auto other = made(wish(purpose::authority, "other"), nullptr);
  const auto client = made(wish(purpose::client, "device"), &authority);
  const auto what = wish(purpose::client, "x");
  EXPECT_THAT(refusal(what, &client), HasSubstr("none of an authority"));
  const certificate_and_key mixed{authority.certificate, other.key};
  EXPECT_THAT(refusal(what, &mixed), HasSubstr("another certificate"));
  const certificate_and_key broken{"nothing", other.key};
  EXPECT_THAT(refusal(what, &broken), HasSubstr("the authority's certificate"));
  const certificate_and_key keyless{authority.certificate, "nothing"};
  EXPECT_THAT(refusal(what, &keyless), HasSubstr("the authority's key"));
}

TEST(certificate, reads_all_that_are_in_a_text_and_refuses_what_is_none) {
  const auto one = made(wish(purpose::authority, "one"), nullptr);
  const auto two = made(wish(purpose::authority, "two"), nullptr);
  std::string why;
  const auto both = read_certificates(one.certificate + two.certificate, why);
  ASSERT_TRUE(both) << why;
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ((*both)[1].subject, "CN=two");
  EXPECT_FALSE(read_certificates("nothing", why));
  EXPECT_THAT(why, HasSubstr("no certificate"));
  EXPECT_FALSE(read_certificates("", why));
  EXPECT_FALSE(read_certificates(one.key, why));
}

TEST(certificate, lets_both_sides_trust_each_other) {
  const auto authority = made(wish(purpose::authority, "ca"), nullptr);
  certificate_wish server = wish(purpose::server, "gateway");
  server.names = {"gateway"};
  server.addresses = {"10.0.0.1"};
  const files ca_files("certificate_test_ca");
  const files server_files("certificate_test_server");
  const files client_files("certificate_test_client");
  tls_server_options server_side;
  server_side.ca_file = ca_files.write(authority).certificate_file;
  server_side.credentials = {server_files.write(made(server, &authority))};
  server_side.ask = client_certificates::required;
  tls_client_options client_side;
  client_side.ca_file = server_side.ca_file;
  client_side.credential = client_files.write(made(wish(purpose::client, "sensor-1"), &authority));
  for (const char* const name : {"gateway", "10.0.0.1"}) {
    tls_pair pair(server_side, client_side, name);
    pair.shake();
    ASSERT_TRUE(pair.stands()) << pair.client->failure() << pair.server->failure();
    EXPECT_EQ(pair.server->identity()->common_name, "sensor-1");
  }
  // A client's certificate is none for a server.
  server_side.credentials = {client_side.credential};
  tls_pair wrong(server_side, client_side, "sensor-1");
  wrong.shake();
  EXPECT_FALSE(wrong.stands());
}

TEST(handshake_report, shows_the_chain_also_of_who_is_refused) {
  const auto report = std::make_shared<tls_handshake_report>();
  for (const char* const name : {"localhost", "elsewhere"}) {
    report->chain.clear();
    report->identity.reset();
    memory_pair wire;
    stream_driver server(make_tls_stream(server_context(usual_server()), wire.left()), 256U * 1024);
    stream_driver client(make_tls_stream(client_context(usual_client()), wire.right(),
                                         {.server_name = name, .session = {}, .pace = nullptr, .report = report}),
                         256U * 1024);
    run(client, server);
    ASSERT_EQ(report->chain.size(), 2U);
    EXPECT_EQ(report->chain[0].certificate.subject, "CN=localhost");
    EXPECT_EQ(report->chain[1].certificate.subject, "CN=ca");
    EXPECT_EQ(report->chain[1].problems, "");
    const bool is_right = std::string_view(name) == "localhost";
    EXPECT_EQ(report->identity.has_value(), is_right);
    EXPECT_EQ(report->chain[0].problems, is_right ? "" : "it is for another name than the one that was called");
  }
}

TEST(revocations, of_a_list_are_counted_with_its_dates) {
  std::string why;
  const auto text = content_of("ca.crl");
  const auto lists = read_revocations(text, why);
  ASSERT_TRUE(lists) << why;
  ASSERT_EQ(lists->size(), 1U);
  EXPECT_EQ(lists->front().issuer, "CN=ca");
  EXPECT_EQ(lists->front().revoked, 1U);
  EXPECT_LE(lists->front().this_update, now());
  EXPECT_GT(lists->front().next_update, now() + std::chrono::days(3000));
}

TEST(revocations, are_not_read_from_anything_else) {
  std::string why;
  for (const char* const file : {"ca.crt", "server.key", "empty.crt", "broken.crt"}) {
    EXPECT_FALSE(read_revocations(content_of(file), why)) << file;
    EXPECT_THAT(why, HasSubstr("no list of revoked certificates")) << file;
  }
}

}  // namespace
}  // namespace nanonng::net::test
