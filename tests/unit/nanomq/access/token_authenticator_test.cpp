#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base64.hpp"
#include "digest.hpp"
#include "manual_clock.hpp"
#include "nanomq/access/authenticator.hpp"

namespace nanomq::access {
namespace {

using enum authenticator::verdict;
using nanolib::as_bytes;

// RFC 7515 A.1 and A.3: the same claims, {"iss":"joe", "exp":1300819380, "http://example.com/is_root":true}.
constexpr std::string_view claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr std::string_view hs256_secret =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const std::string hs256 =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(claims) + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const std::string es256 = "eyJhbGciOiJFUzI1NiJ9." + std::string(claims) +
                          ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr std::string_view es256_key = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
constexpr std::int64_t end_s = 1'300'819'380;

class tokens : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    at(end_s - 10);
  }
  void TearDown() override {
    for (const std::string& path : files_) ::unlink(path.c_str());
    ::rmdir(directory_.data());
  }
  std::string file(std::string_view text) {
    files_.push_back(std::string(directory_.data()) + "/" + std::to_string(files_.size()));
    std::ofstream(files_.back()) << text;
    return files_.back();
  }
  void at(std::int64_t now_s) { clock_.set_wall(nanolib::wall_time(std::chrono::seconds(now_s))); }
  token_settings both() {
    token_settings from;
    from.algorithms = {token_algorithm::hs256, token_algorithm::es256};
    const auto secret = decode_base64(hs256_secret, false);
    from.secret_file = file(nanolib::as_text(*secret));
    from.public_key_file = file(es256_key);
    from.user_claim = "iss";
    return from;
  }
  // RFC 7515 A.1 and A.3, as a set; the names are ours.
  std::string key_set(std::string_view more = "") {
    return file(
        R"({"keys":[{"kty":"EC","crv":"P-256","kid":"curve","use":"sig",)"
        R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},)"
        R"({"kty":"oct","kid":"other","k":")" +
        url64(std::string(32, 'x')) +
        R"("},)"
        R"({"kty":"oct","kid":"one","alg":"HS256","k":")" +
        url64(nanolib::as_text(*decode_base64(hs256_secret, false))) +
        R"("},)"
        R"({"kty":"OKP","crv":"Ed25519","x":"AA"},{"kty":"oct","use":"enc","k":"AA"})" +
        std::string(more) + "]}");
  }
  token_settings with_set(std::string_view more = "") {
    token_settings from;
    from.algorithms = {token_algorithm::hs256, token_algorithm::es256};
    from.jwks_file = key_set(more);
    from.user_claim = "iss";
    return from;
  }
  authenticator::finding ask(const token_settings& from, std::string_view token, std::string_view user = "joe") {
    std::string why;
    const auto made = make_token_authenticator(from, clock_, why);
    EXPECT_TRUE(made) << why;
    return made ? (*made)->verify({"c", user, ""}, as_bytes(token)) : unavailable;
  }
  /// Whether whoever came with this finding may stay where these are the settings.
  bool keeps(const token_settings& from, const authenticator::finding& came_with) {
    std::string why;
    const auto made = make_token_authenticator(from, clock_, why);
    EXPECT_TRUE(made) << why;
    broker::principal there{"c", "joe", ""};
    there.was_checked = true;
    there.has_end = came_with.ends_s != 0;
    there.brought = came_with.brought.get();
    return made && (*made)->may_know(there);
  }
  /// A token with these claims beside the user's name and the end, signed as it should be.
  static std::string signed_token(const std::string& more, const std::string& header = "") {
    const auto secret = decode_base64(hs256_secret, false);
    const std::string text = url64(R"({"alg":"HS256")" + header + "}") + "." +
                             url64(R"({"iss":"joe","exp":)" + std::to_string(end_s) + more + "}");
    sha256_digest made{};
    EXPECT_TRUE(hmac_sha256(*secret, as_bytes(text), made));
    return text + "." + url64(nanolib::as_text(made));
  }
  static std::string url64(std::string_view data) {
    std::string out = encode_base64(as_bytes(data), false);
    for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
  }
  std::string_view refusal(const token_settings& from, std::string_view token, std::string_view user = "joe") {
    const auto found = ask(from, token, user);
    EXPECT_EQ(found.says, refused);
    return found.why;
  }
  const nanolib::clock& clock() const { return clock_; }
  std::string complaint(const token_settings& from) {
    std::string why;
    return make_token_authenticator(from, clock_, why) ? "" : why;
  }

 private:
  test::manual_clock clock_;
  std::array<char, 32> directory_{"/tmp/nanomq_tokensXXXXXX"};
  std::vector<std::string> files_;
};

TEST_F(tokens, admit_the_user_whom_they_name_until_they_end) {
  for (const std::string& token : {hs256, es256}) {
    EXPECT_EQ(ask(both(), token).says, admitted);
    EXPECT_EQ(ask(both(), token).ends_s, end_s);
    EXPECT_EQ(ask(both(), token, "jane").says, refused);
    EXPECT_EQ(ask(both(), token, "").says, refused);
  }
}

TEST_F(tokens, that_have_ended_admit_nobody) {
  at(end_s);
  EXPECT_EQ(ask(both(), hs256).says, refused);
  EXPECT_EQ(ask(both(), es256).says, refused);
}

// RFC 8725 §3.1: what is not on the list is not done.
TEST_F(tokens, of_another_algorithm_than_was_named_admit_nobody) {
  token_settings only = both();
  only.algorithms = {token_algorithm::hs256};
  EXPECT_EQ(ask(only, es256).says, refused);
  only.algorithms = {token_algorithm::es256};
  EXPECT_EQ(ask(only, hs256).says, refused);
  // {"alg":"none"}, with and without a signature
  for (const std::string_view end : {".", ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}) {
    EXPECT_EQ(ask(both(), "eyJhbGciOiJub25lIn0." + std::string(claims) + std::string(end)).says, refused);
  }
}

TEST_F(tokens, with_any_letter_changed_admit_nobody) {
  for (const std::string& token : {hs256, es256}) {
    for (std::size_t i = 0; i < token.size(); i += 7) {
      std::string changed = token;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_NE(ask(both(), changed).says, admitted) << changed;
    }
    for (std::size_t size = 0; size < token.size(); size += 5)
      EXPECT_NE(ask(both(), token.substr(0, size)).says, admitted);
    EXPECT_EQ(ask(both(), token + ".x").says, refused);
  }
}

TEST_F(tokens, that_are_none_are_left_to_others) {
  for (const char* password : {"", "secret", "a.b.c", "..", "e30.e30.e30", "192.168.0.1"}) {
    EXPECT_EQ(ask(both(), password).says, unknown) << password;
  }
  EXPECT_EQ(ask(both(), std::string(20'000, '.')).says, unknown);
}

// Who came with a password is not kept by tokens, when the file of users forgets him.
TEST_F(tokens, keep_those_only_who_came_with_one_when_rights_change) {
  EXPECT_FALSE(keeps(both(), authenticator::finding(admitted)));
  EXPECT_TRUE(keeps(both(), ask(both(), hs256)));
  EXPECT_TRUE(keeps(both(), ask(both(), es256)));
}

TEST_F(tokens, keep_nobody_whose_key_is_not_there_any_more) {
  const auto by_secret = ask(both(), hs256);
  const auto by_key = ask(both(), es256);
  token_settings other = both();
  other.secret_file = file(std::string(32, 'x'));
  EXPECT_FALSE(keeps(other, by_secret));
  EXPECT_TRUE(keeps(other, by_key));
  other.algorithms = {token_algorithm::hs256};
  EXPECT_FALSE(keeps(other, by_key));
}

// A stable word for the log, and nothing of the token in it.
TEST_F(tokens, that_are_refused_say_why_in_the_log) {
  token_settings from = both();
  EXPECT_EQ(refusal(from, "eyJhbGciOiJub25lIn0." + std::string(claims) + "."), "token: algorithm");
  EXPECT_EQ(refusal(from, hs256.substr(0, hs256.size() - 1)), "token: signature");
  EXPECT_EQ(refusal(from, hs256.substr(0, hs256.rfind('.') + 1)), "token: signature");
  EXPECT_EQ(refusal(from, hs256, "jane"), "token: user name");
  EXPECT_EQ(refusal(from, signed_token(R"(,"clientid":"d")")), "token: client id");
  EXPECT_EQ(refusal(from, signed_token(R"(,"nbf":9999999999)")), "token: not valid yet");
  EXPECT_EQ(refusal(from, signed_token(R"(,"acl":1)")), "token: acl");
  at(end_s);
  EXPECT_EQ(refusal(from, hs256), "token: expired");
  at(end_s - 10);
  from.issuer = "jane";
  EXPECT_EQ(refusal(from, hs256), "token: issuer");
  from.issuer.clear();
  from.audience = "us";
  EXPECT_EQ(refusal(from, hs256), "token: audience");
}

// RFC 8725 §2.1: a public key is no secret, whatever a token says that it is signed with.
TEST_F(tokens, signed_with_the_public_key_as_a_secret_admit_nobody) {
  const std::string text = url64(R"({"alg":"HS256"})") + "." + std::string(claims);
  sha256_digest made{};
  ASSERT_TRUE(hmac_sha256(as_bytes(es256_key), as_bytes(text), made));
  EXPECT_EQ(refusal(both(), text + "." + url64(nanolib::as_text(made))), "token: signature");
  token_settings only = both();
  only.algorithms = {token_algorithm::es256};
  EXPECT_EQ(refusal(only, text + "." + url64(nanolib::as_text(made))), "token: algorithm");
}

TEST_F(tokens, are_for_the_client_that_they_name) {
  EXPECT_EQ(ask(both(), signed_token(R"(,"clientid":"c")")).says, admitted);
  EXPECT_EQ(refusal(both(), signed_token(R"(,"clientid":7)")), "token: client id");
}

TEST_F(tokens, have_the_claims_that_are_asked_for) {
  token_settings from = both();
  from.verified_claims = {"clientid=${clientid}", "who=${username}/${clientid}x", "site=north"};
  EXPECT_EQ(ask(from, signed_token(R"(,"clientid":"c","who":"joe/cx","site":"north")")).says, admitted);
  for (const char* more :
       {R"()", R"(,"clientid":"c","who":"joe/cx")", R"(,"clientid":"c","who":"joe/c","site":"north")",
        R"(,"clientid":"c","who":"joe/cx","site":["north"])",
        R"(,"clientid":"c","who":"${username}/${clientid}x","site":"north")"}) {
    EXPECT_EQ(refusal(from, signed_token(more)), "token: claim") << more;
  }
}

class tokens_with_rights : public tokens {
 protected:
  /// What somebody who brought this may do: "yes", "no", or "?" when the token says nothing about it.
  std::string may(const std::string& acl, broker::operation what, std::string_view topic) {
    const auto found = ask(both(), signed_token(R"(,"acl":)" + acl));
    EXPECT_EQ(found.says, admitted) << acl;
    if (!found.brought) return "none";
    const auto said = found.brought->authorize({"c", "joe", ""}, what, topic);
    return !said ? "?" : said->is_granted() ? "yes" : "no";
  }
};

// As EMQX has them.
TEST_F(tokens_with_rights, list_what_is_allowed) {
  using enum broker::operation;
  const std::string acl = R"({"pub":["out/${clientid}"],"sub":["in/#","eq a/+"],"all":["both/${username}/+"]})";
  EXPECT_EQ(may(acl, publish, "out/c"), "yes");
  EXPECT_EQ(may(acl, publish, "out/d"), "?");
  EXPECT_EQ(may(acl, subscribe, "out/c"), "?");
  EXPECT_EQ(may(acl, subscribe, "in/x/y"), "yes");
  EXPECT_EQ(may(acl, publish, "in/x"), "?");
  EXPECT_EQ(may(acl, subscribe, "a/+"), "yes");
  EXPECT_EQ(may(acl, subscribe, "a/b"), "?");
  EXPECT_EQ(may(acl, publish, "both/joe/1"), "yes");
  EXPECT_EQ(may(acl, subscribe, "both/joe/1"), "yes");
  EXPECT_EQ(may(acl, subscribe, "both/+/1"), "?");
  EXPECT_EQ(may(R"({"pub":[]})", publish, "a"), "?") << "a list without topics is about none";
  EXPECT_EQ(may("[]", publish, "a"), "?");
}

TEST_F(tokens_with_rights, are_rules_of_which_the_first_that_matches_decides) {
  using enum broker::operation;
  const std::string acl = R"([{"permission":"deny","action":"all","topic":"a/secret"},
                              {"permission":"allow","action":"publish","topic":"a/#"},
                              {"permission":"allow","action":"subscribe","topic":"@x"}])";
  EXPECT_EQ(may(acl, publish, "a/b"), "yes");
  EXPECT_EQ(may(acl, publish, "a/secret"), "no");
  EXPECT_EQ(may(acl, subscribe, "a/secret"), "no");
  EXPECT_EQ(may(acl, subscribe, "a/b"), "?");
  EXPECT_EQ(may(acl, subscribe, "@x"), "yes");
  EXPECT_EQ(may(acl, subscribe, "x"), "?");
}

TEST_F(tokens_with_rights, are_refused_when_they_are_not_understood) {
  for (const char* acl : {R"("a")", R"(null)", R"({"pub":"a"})", R"({"publish":["a"]})", R"({"pub":[1]})",
                          R"({"pub":["a/#/b"]})", R"({"pub":[""]})", R"(["a"])",
                          R"([{"permission":"allow","action":"publish"}])", R"([{"permission":"allow","topic":"a"}])",
                          R"([{"action":"all","topic":"a"}])", R"([{"permission":"maybe","action":"all","topic":"a"}])",
                          R"([{"permission":"allow","action":"all","topic":"a","qos":[1]}])",
                          R"([{"permission":"allow","action":"all","topic":"@a/#"}])"}) {
    EXPECT_EQ(refusal(both(), signed_token(R"(,"acl":)" + std::string(acl))), "token: acl") << acl;
  }
}

// THREATS 68: what stands for a place-holder is letters.
TEST_F(tokens_with_rights, take_names_for_letters) {
  const auto found = ask(both(), signed_token(R"(,"acl":{"all":["${clientid}/x"]})"));
  ASSERT_TRUE(found.brought);
  for (const char* id : {"+", "#", "a/b", "$SYS"}) {
    const auto said = found.brought->authorize({id, "joe", ""}, broker::operation::subscribe, std::string(id) + "/x");
    EXPECT_FALSE(said && said->is_granted()) << id;
  }
}

TEST_F(tokens, for_others_or_from_others_admit_nobody) {
  token_settings from = both();
  from.issuer = "joe";
  EXPECT_EQ(ask(from, hs256).says, admitted);
  from.issuer = "jane";
  EXPECT_EQ(ask(from, hs256).says, refused);
  from = both();
  from.audience = "us";
  EXPECT_EQ(ask(from, hs256).says, refused);
  from = both();
  from.user_claim = "sub";
  EXPECT_EQ(ask(from, hs256).says, refused);
  from.user_claim = "exp";  // no text
  EXPECT_EQ(ask(from, hs256, "1300819380").says, refused);
}

TEST_F(tokens, are_checked_with_the_key_of_a_set_that_they_name) {
  const token_settings from = with_set();
  EXPECT_EQ(ask(from, hs256).says, admitted) << "without a name any key may be it";
  EXPECT_EQ(ask(from, es256).says, admitted);
  EXPECT_EQ(ask(from, signed_token("", R"(,"kid":"one")")).says, admitted);
  EXPECT_EQ(refusal(from, signed_token("", R"(,"kid":"other")")), "token: signature");
  EXPECT_EQ(refusal(from, signed_token("", R"(,"kid":"curve")")), "token: signature") << "a key has one algorithm";
  EXPECT_EQ(refusal(from, signed_token("", R"(,"kid":"none")")), "token: signature");
  EXPECT_EQ(refusal(from, signed_token("", R"(,"kid":1)")), "token: kid");
  // Where nobody has that name, those without a name are asked.
  token_settings more = both();
  more.jwks_file = file(R"({"keys":[]})");
  EXPECT_EQ(ask(more, signed_token("", R"(,"kid":"none")")).says, admitted);
}

// THREATS 77, 82: for each thing that can be wrong with a set, the file is refused, and nothing of a key is said.
TEST_F(tokens, of_a_set_that_is_not_understood_admit_nobody) {
  const auto said = [&](std::string_view text) {
    token_settings from;
    from.algorithms = {token_algorithm::es256};
    from.jwks_file = file(text);
    const std::string why = complaint(from);
    EXPECT_TRUE(why.starts_with(from.jwks_file + ": ") || why.find("needs") != std::string::npos) << why;
    EXPECT_EQ(why.find("f83O"), std::string::npos) << why;
    return why;
  };
  for (const char* text :
       {"", "{}", "[]", R"({"keys":{}})", "# a comment", "\xef\xbb\xbf", R"({"keys":[],"keys":[]})"}) {
    EXPECT_NE(said(text).find("no JWK set"), std::string::npos) << text;
  }
  EXPECT_NE(said(R"({"keys":[]})").find("needs auth.jwt.public_key_file, or a key in "), std::string::npos);
  EXPECT_NE(said(R"({"keys":[1]})").find("keys[0]: a key that is no JSON object"), std::string::npos);
  const std::string curve =
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","kid":"a","y":")";
  const std::string y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
  EXPECT_NE(said(R"({"keys":[)" + curve + "AAAA" + R"("}]})").find("keys[0]: no public key for P-256"),
            std::string::npos);
  const std::string twice = R"({"keys":[)" + curve + y + "\"}," + curve + y + "\"}]}";
  EXPECT_NE(said(twice).find("keys[1]: two keys with the same kid"), std::string::npos);
  EXPECT_NE(said(R"({"keys":[{"kty":"EC","kid":1}]})").find("are texts"), std::string::npos);
  std::string many;
  for (int i = 0; i < 65; ++i) many += std::string(i == 0 ? "" : ",") + R"({"kty":"x"})";
  EXPECT_NE(said(R"({"keys":[)" + many + "]}").find("more than 64"), std::string::npos);
  EXPECT_NE(said(std::string(300'000, ' ')).find(": "), std::string::npos);
  token_settings good;
  good.algorithms = {token_algorithm::es256};
  good.jwks_file = file("\xef\xbb\xbf{\"keys\":[\r\n" + curve + y + "\"}]}\r\n");
  EXPECT_EQ(complaint(good), "");
  good.algorithms = {token_algorithm::es256, token_algorithm::rs256};
  EXPECT_NE(complaint(good).find("RS256 needs"), std::string::npos);
}

// THREATS 82: what is a secret is taken for none before anybody sees it.
TEST_F(tokens, in_the_place_of_the_user_name_claim_one) {
  std::string why;
  token_settings from = both();
  const auto claimed = [&](std::string_view name) {
    const auto made = make_token_authenticator(from, clock(), why);
    EXPECT_TRUE(made) << why;
    return (*made)->claimed_user(name);
  };
  EXPECT_EQ(claimed(hs256), std::nullopt) << "unless it is configured they stand in that of the password";
  from.from_user_name = true;
  EXPECT_EQ(claimed(hs256), "joe");
  EXPECT_EQ(claimed(hs256 + "A"), "joe") << "whether it is true is judged later";
  EXPECT_EQ(claimed(url64(R"({"alg":"none"})") + "." + url64(R"({"sub":"x"})") + "."), "") << "it claims no name";
  EXPECT_EQ(claimed(url64(R"({"alg":"none"})") + ".x."), "");
  for (const char* name : {"joe", "a.b", "a.b.c", "", "..", "1.2.3.4"}) EXPECT_EQ(claimed(name), std::nullopt) << name;
}

// THREATS 36, 76.
TEST_F(tokens, need_keys_of_their_own_kind) {
  token_settings from = both();
  from.secret_file.clear();
  EXPECT_NE(complaint(from).find("auth.jwt.secret_file"), std::string::npos);
  from.secret_file = "/nonexistent";
  EXPECT_NE(complaint(from).find("/nonexistent: "), std::string::npos);
  from.secret_file = file("short");
  EXPECT_NE(complaint(from).find("32 bytes"), std::string::npos);
  from.secret_file = file(es256_key);
  EXPECT_NE(complaint(from).find("no secret"), std::string::npos);
  for (const std::string_view key : {std::string_view("no key at all"), es256_key.substr(0, 100), std::string_view()}) {
    from = both();
    from.public_key_file = file(key);
    EXPECT_NE(complaint(from).find("no public key"), std::string::npos);
  }
  from = both();
  from.algorithms = {token_algorithm::rs256};
  EXPECT_NE(complaint(from).find("no public RSA key"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::access
