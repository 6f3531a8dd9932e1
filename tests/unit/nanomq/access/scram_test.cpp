// SCRAM-SHA-256 from the server's side. The client here is made of the same hashes and nothing else of it; the vector is
// that of RFC 7677 §3.
#include <gtest/gtest.h>

#include "base64.hpp"
#include "digest.hpp"
#include "nanomq/access/access_control.hpp"
#include "nanomq/access/exchange_method.hpp"
#include "scram_message.hpp"

namespace nanomq::access {
namespace {

using broker::exchange;
using nanolib::as_bytes;
using nanonng::mqtt::reason_code;

constexpr std::string_view vector_entry =
    "$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY$"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU";

std::shared_ptr<const password_file> users(const std::string& text) {
  std::string why;
  auto read = password_file::read(text, "users", why);
  EXPECT_TRUE(read) << why;
  return std::make_shared<const password_file>(read ? std::move(*read) : password_file());
}

std::shared_ptr<const password_file> one_user() { return users("user:" + std::string(vector_entry) + "\n"); }

bool vector_nonce(std::string& into) {
  into += "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  return true;
}

std::string made_entry(std::string_view password, std::uint32_t iterations = 4096) {
  std::string why;
  const auto made = password_hash::make_scram(as_bytes(password), as_bytes("0123456789abcdef"), iterations, why);
  EXPECT_TRUE(made) << why;
  return made ? made->text() : "";
}

sha256_digest hmac(nanolib::bytes key, std::string_view data) {
  sha256_digest out{};
  EXPECT_TRUE(hmac_sha256(key, as_bytes(data), out));
  return out;
}

/// What a client's last message is, given what the server has said. Spec: RFC 5802 §3.
struct answer_script {
  std::string password = "pencil";
  std::string bare = "n=user,r=rOprNGfwEbeRWgbNEkqO";
  std::string binding = "biws";
  std::string extensions = {};
};

std::string answer_to(const std::string& challenge, const answer_script& with) {
  const auto salt_at = challenge.find(",s=") + 3;
  const auto count_at = challenge.find(",i=") + 3;
  const std::string nonce = challenge.substr(2, salt_at - 5);
  const auto salt = decode_base64(challenge.substr(salt_at, count_at - 3 - salt_at), true);
  sha256_digest salted{};
  EXPECT_TRUE(salt && pbkdf2_sha256(as_bytes(with.password), *salt,
                                    static_cast<std::uint32_t>(std::stoul(challenge.substr(count_at))), salted));
  const sha256_digest client = hmac(salted, "Client Key");
  sha256_digest stored{};
  EXPECT_TRUE(sha256(client, stored));
  const std::string last = "c=" + with.binding + ",r=" + nonce + with.extensions;
  sha256_digest proof = hmac(stored, with.bare + "," + challenge + "," + last);
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= client[i];
  return last + ",p=" + encode_base64(proof, true);
}

struct talk {
  exchange::outcome first = exchange::outcome::ended;
  exchange::outcome second = exchange::outcome::goes_on;
  std::string challenge;
  std::string verdict;
  broker::admission said;
  std::string user;
};

talk speak(const exchange_method& to, const std::string& header, const answer_script& with) {
  const auto begun = to.begin();
  talk out;
  out.first = begun->hear(as_bytes(header + with.bare), out.challenge);
  if (out.first == exchange::outcome::goes_on) {
    out.second = begun->hear(as_bytes(answer_to(out.challenge, with)), out.verdict);
  }
  out.said = begun->admitted();
  out.user = begun->user_name();
  return out;
}

TEST(scram, speaks_the_vector_of_rfc_7677) {
  const auto method = make_scram_method(one_user(), vector_nonce);
  ASSERT_TRUE(method);
  EXPECT_EQ(method->name(), "SCRAM-SHA-256");
  const auto begun = method->begin();
  std::string said;
  ASSERT_EQ(begun->hear(as_bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), said), exchange::outcome::goes_on);
  EXPECT_EQ(said, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const std::string last =
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  ASSERT_EQ(begun->hear(as_bytes(last), said), exchange::outcome::ended);
  EXPECT_EQ(said, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  EXPECT_EQ(begun->admitted().reason, reason_code::success);
  EXPECT_EQ(begun->user_name(), "user");
}

TEST(scram, has_keys_that_check_a_plain_password_too) {
  std::string why;
  const auto entry = password_hash::parse(vector_entry, why);
  ASSERT_TRUE(entry) << why;
  EXPECT_TRUE(entry->matches(as_bytes("pencil")));
  EXPECT_FALSE(entry->matches(as_bytes("Pencil")));
  const auto salt = decode_base64("W22ZaJ0SNY7soEsUEjb6gQ", false);
  const auto made = password_hash::make_scram(as_bytes("pencil"), *salt, 4096, why);
  ASSERT_TRUE(made) << why;
  EXPECT_EQ(made->text(), vector_entry);
}

TEST(scram, refuses_a_wrong_password_without_a_word_about_the_server) {
  const auto method = make_scram_method(one_user());
  const talk right = speak(*method, "n,,", {});
  EXPECT_EQ(right.said.reason, reason_code::success);
  EXPECT_TRUE(right.verdict.starts_with("v="));
  const talk wrong = speak(*method, "n,,", {.password = "Pencil"});
  EXPECT_EQ(wrong.said.reason, reason_code::not_authorized);
  EXPECT_EQ(wrong.said.why, "scram: wrong password");
  EXPECT_EQ(wrong.verdict, "");
}

TEST(scram, has_another_nonce_each_time) {
  const auto method = make_scram_method(one_user());
  const talk one = speak(*method, "n,,", {});
  const talk other = speak(*method, "n,,", {});
  EXPECT_NE(one.challenge, other.challenge);
  EXPECT_GE(one.challenge.find(",s="), 2 + 20 + 24U);
}

// Nobody learns from the answers who is there: a salt of one's own, always the same, and the usual number of rounds.
TEST(scram, leads_those_who_are_not_there_through_the_same_conversation) {
  const std::string file = "first:" + made_entry("a") + "\nuser:" + std::string(vector_entry) + "\n";
  const std::string plain = "$6$c2FsdA==$" + encode_base64(sha512_digest{}, true);
  std::string salts[2];
  for (int round = 0; round < 2; ++round) {
    const std::string more = round == 0 ? "" : "zoe:" + made_entry("z") + "\n";
    const auto method = make_scram_method(users(file + "old:" + plain + "\n" + more));
    for (const char* name : {"nobody", "old"}) {
      const talk said = speak(*method, "n,,", {.bare = std::string("n=") + name + ",r=abc"});
      EXPECT_EQ(said.first, exchange::outcome::goes_on);
      EXPECT_EQ(said.second, exchange::outcome::ended);
      EXPECT_EQ(said.said.reason, reason_code::not_authorized);
      EXPECT_TRUE(said.challenge.ends_with(",i=4096"));
      EXPECT_EQ(said.verdict, "");
      const auto salt = said.challenge.substr(said.challenge.find(",s="));
      EXPECT_EQ(salt.size(), std::string_view(",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096").size());
      if (std::string_view(name) == "old") {
        EXPECT_NE(salt, salts[round]);
        EXPECT_NE(said.said.why.find("passwd --scram"), std::string_view::npos);
      } else {
        salts[round] = salt;
      }
    }
  }
  EXPECT_EQ(salts[0], salts[1]) << "another user in the file changes nothing";
}

TEST(scram, takes_no_channel_binding_but_the_word_that_there_is_none) {
  const auto method = make_scram_method(one_user());
  EXPECT_EQ(speak(*method, "y,,", {.binding = "eSws"}).said.reason, reason_code::success);
  EXPECT_EQ(speak(*method, "y,,", {.binding = "biws"}).said.reason, reason_code::not_authorized);
  EXPECT_EQ(speak(*method, "n,,", {.binding = "eSws"}).said.reason, reason_code::not_authorized);
  EXPECT_EQ(speak(*method, "p=tls-unique,,", {}).first, exchange::outcome::ended);
  EXPECT_EQ(speak(*method, "n,a=user,", {.binding = "bixhPXVzZXIs"}).said.reason, reason_code::success);
  EXPECT_EQ(speak(*method, "n,a=root,", {}).first, exchange::outcome::ended);
}

TEST(scram, signs_extensions_and_refuses_those_that_are_demanded) {
  const auto method = make_scram_method(one_user());
  EXPECT_EQ(speak(*method, "n,,", {.extensions = ",x=more"}).said.reason, reason_code::success);
  EXPECT_EQ(speak(*method, "n,,", {.bare = "n=user,r=abc,x=more"}).said.reason, reason_code::success);
  EXPECT_EQ(speak(*method, "n,,", {.bare = "m=x,n=user,r=abc"}).first, exchange::outcome::ended);
}

TEST(scram, reads_names_with_commas_and_equals_signs) {
  EXPECT_EQ(read_scram_first("n,,n=a=2Cb=3Dc,r=x")->user_name, "a,b=c");
  for (const char* wrong : {"a=2c", "a=", "a=2", "a=41", "", "a\x01", "\xc3\xa4", "\xff"}) {
    EXPECT_FALSE(read_scram_first("n,,n=" + std::string(wrong) + ",r=x")) << wrong;
  }
}

TEST(scram, refuses_messages_that_are_not_whole) {
  const std::string first = "n,,n=user,r=abc";
  for (std::size_t size = 0; size < first.size() - 2; ++size) EXPECT_FALSE(read_scram_first(first.substr(0, size)));
  EXPECT_TRUE(read_scram_first(first));
  const std::string last = "c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  for (std::size_t size = 0; size < last.size(); ++size) EXPECT_FALSE(read_scram_final(last.substr(0, size))) << size;
  EXPECT_TRUE(read_scram_final(last));
  for (const char* wrong : {"n,n=user,r=abc", "n,,n=user,r=", "n,,r=abc,n=user", "n,,n=user,r=a b,", "N,,n=user,r=abc",
                            "n,,n=user,r=abc,", "n,,n=user,r=abc,1=x", "n,x,n=user,r=abc"}) {
    EXPECT_FALSE(read_scram_first(wrong)) << wrong;
  }
  EXPECT_FALSE(read_scram_first("n,,n=user,r=" + std::string(longest_scram_message, 'x')));
  EXPECT_FALSE(read_scram_final(last + "," + last));
}

TEST(scram, is_not_offered_where_nobody_has_keys) {
  EXPECT_FALSE(make_scram_method(users("")));
  EXPECT_FALSE(make_scram_method(users("ann:$6$c2FsdA==$" + encode_base64(sha512_digest{}, true) + "\n")));
}

TEST(scram, keys_take_passwords_of_printable_ascii) {
  std::string why;
  const auto make = [&](std::string_view password, std::uint32_t iterations) {
    return password_hash::make_scram(as_bytes(password), as_bytes("0123456789abcdef"), iterations, why).has_value();
  };
  EXPECT_TRUE(make("a ~!", 4096));
  EXPECT_FALSE(make("", 4096));
  for (const char* password : {"\xc3\xa4", "a\x01", "a\x7f"}) {
    EXPECT_FALSE(make(password, 4096));
    EXPECT_NE(why.find("printable ASCII"), std::string::npos);
  }
  for (const std::uint32_t iterations : {0U, 4095U, 1'000'001U}) {
    EXPECT_FALSE(make("a", iterations));
    EXPECT_NE(why.find("4096"), std::string::npos);
  }
}

TEST(scram, keys_that_are_damaged_make_no_entry) {
  std::string why;
  const std::string good(vector_entry);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(password_hash::parse(good.substr(0, size), why)) << size;
    EXPECT_EQ(why.find("W22Z"), std::string::npos);
  }
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"i=4096", "i=4095"}, {"i=4096", "i=9999999"}, {"i=4096", "4096"}, {"W22Z", "W2=Z"}, {"sha-256", "sha-1"}}) {
    std::string wrong = good;
    wrong.replace(wrong.find(from), std::string_view(from).size(), to);
    EXPECT_FALSE(password_hash::parse(wrong, why)) << wrong;
  }
}

TEST(scram, comes_with_the_password_file_and_its_names_are_checked_against_the_rules) {
  access_control::parts parts;
  const auto file = one_user();
  parts.chain.push_back(make_password_authenticator(file));
  parts.methods.push_back(make_scram_method(file));
  std::string why;
  auto written = read_rules(R"(rules = [{permit = allow, topics = ["${clientid}/x"]}])", "acl", why);
  ASSERT_TRUE(written) << why;
  auto compiled = rule_set::compile(std::move(written->rules), false, why);
  ASSERT_TRUE(compiled) << why;
  parts.rules = std::make_unique<const rule_set>(std::move(*compiled));
  const access_control subject(std::move(parts), std::make_shared<worker_pool>(1, 10));
  for (const char* id : {"device", "a/#"}) {
    const auto begun = subject.begin_exchange({id, "", "127.0.0.1"}, "SCRAM-SHA-256");
    ASSERT_TRUE(begun);
    std::string challenge;
    std::string verdict;
    static_cast<void>(begun->hear(as_bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), challenge));
    EXPECT_EQ(begun->hear(as_bytes(answer_to(challenge, {})), verdict), exchange::outcome::ended);
    EXPECT_EQ(begun->admitted().reason,
              std::string_view(id) == "device" ? reason_code::success : reason_code::client_identifier_not_valid);
  }
  EXPECT_FALSE(subject.begin_exchange({"c", "", ""}, "SCRAM-SHA-1"));
  EXPECT_FALSE(subject.begin_exchange({"c", "", ""}, ""));
  EXPECT_FALSE(subject.begin_exchange({"c", "", ""}, "scram-sha-256"));
}

}  // namespace
}  // namespace nanomq::access
