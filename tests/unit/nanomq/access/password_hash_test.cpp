#include "nanomq/access/password_hash.hpp"

#include <gtest/gtest.h>

namespace nanomq::access {
namespace {

using nanolib::as_bytes;

bool matches(std::string_view hash, std::string_view password) {
  std::string why;
  const auto parsed = password_hash::parse(hash, why);
  EXPECT_TRUE(parsed) << why;
  return parsed && parsed->matches(as_bytes(password));
}

// The hashes of the test program that comes with the reference implementation of Argon2.
TEST(password_hash, verifies_argon2id) {
  const std::string_view small = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  EXPECT_TRUE(matches(small, "password"));
  EXPECT_FALSE(matches(small, "Password"));
  EXPECT_FALSE(matches(small, ""));
  EXPECT_TRUE(
      matches("$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"));
}

// Made by mosquitto_passwd 2.0.11.
TEST(password_hash, verifies_what_mosquitto_passwd_makes) {
  const std::string_view secret =
      "$7$101$DyCWOsE760cpJVJQ$UwdIMWw3lnpxeTgVqdDbErZYvcyD0v1k4hEdvQi+LPA7UjaQUgWRY9NtUKRaiLhkMyeQrfVTYRiseRr6O3c5lQ="
      "=";
  EXPECT_TRUE(matches(secret, "secret"));
  EXPECT_FALSE(matches(secret, "secret "));
  EXPECT_TRUE(
      matches("$7$101$PhmUlgyWOFHE1zVW$Tglgb4hofXd/MBGtoGsKN5EdOFyHJrTWU5G7/gogStkDzI2sCs0fsQ/px/"
              "vm3vylFtDFPf6aqIwJebRuNsc81w==",
              "x y"));
  const std::string_view old =
      "$6$I//+/kZ1DecbKsfL$FQkVSNimxoVtqT5phXbVirPIjOutVvsZRPuUmYqoePrJZ3Ra0XhQbkYxLLpBfynCLyVVq/eWFKTuer8cNQ0Hiw==";
  EXPECT_TRUE(matches(old, "secret"));
  EXPECT_FALSE(matches(old, "Secret"));
}

TEST(password_hash, compares_plain_text) {
  EXPECT_TRUE(password_hash::plain("public").matches(as_bytes("public")));
  EXPECT_FALSE(password_hash::plain("public").matches(as_bytes("publi")));
  EXPECT_FALSE(password_hash::plain("public").matches(as_bytes("")));
}

TEST(password_hash, makes_what_it_verifies) {
  std::string why;
  const auto made = password_hash::make(as_bytes("secret"), as_bytes("0123456789abcdef"), why);
  ASSERT_TRUE(made) << why;
  EXPECT_TRUE(made->text().starts_with("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$")) << made->text();
  EXPECT_TRUE(made->matches(as_bytes("secret")));
  EXPECT_FALSE(made->matches(as_bytes("secret2")));
}

TEST(password_hash, refuses_what_is_damaged_weak_or_too_costly) {
  const std::string hash = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  const std::string long_hash = std::string(85, 'A') + "A==";
  for (const auto& text : {std::string(""),
                           std::string("secret"),
                           std::string("$"),
                           std::string("$7$"),
                           std::string("$6$"),
                           std::string("$argon2id$v=19$"),
                           "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=256,t=1000,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=256,t=2,p=100$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=4,t=2,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=256,t=2,p=1,x=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=256,t=2,p=1$$" + hash,
                           std::string("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"),
                           "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash + "$",
                           "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$" + hash + "=",
                           "$argon2id$v=19$m=+256,t=2,p=1$c29tZXNhbHQ$" + hash,
                           "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$!" + hash.substr(1),
                           "$7$0$DyCWOsE760cpJVJQ$" + long_hash,
                           "$7$4294967295$DyCWOsE760cpJVJQ$" + long_hash,
                           "$7$101$$" + long_hash,
                           std::string("$7$101$DyCWOsE760cpJVJQ$AAAA"),
                           "$7$-1$DyCWOsE760cpJVJQ$" + long_hash,
                           "$6$$" + long_hash,
                           std::string("$5$aaaa$bbbb")}) {
    std::string why;
    EXPECT_FALSE(password_hash::parse(text, why)) << text;
    EXPECT_TRUE(why.find("hash") != std::string::npos) << why;
  }
}

// THREATS 79: the comparison looks at everything, wherever the first difference is.
TEST(equal_secrets, tells_equal_from_different) {
  EXPECT_TRUE(equal_secrets({}, {}));
  EXPECT_TRUE(equal_secrets(as_bytes("abc"), as_bytes("abc")));
  for (const char* other : {"", "ab", "abd", "xbc", "abcd"})
    EXPECT_FALSE(equal_secrets(as_bytes("abc"), as_bytes(other)));
  EXPECT_FALSE(equal_secrets(as_bytes(std::string_view("a\0", 2)), as_bytes("a")));
}

}  // namespace
}  // namespace nanomq::access
