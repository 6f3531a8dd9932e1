#include "broker/identity_name.hpp"

#include <gtest/gtest.h>

namespace nanomq::broker::testing {
namespace {

using nanonng::net::tls_identity;
using enum tls_identity::name_kind;

tls_identity device() {
  tls_identity made;
  made.has_certificate = true;
  made.common_name = "sensor-1";
  made.alternative_names = {
      {address, "192.0.2.1"}, {uri, "urn:sensor:1"}, {email, "one@plant"}, {dns, "one.plant"}, {dns, "two.plant"}};
  made.fingerprint.fill(std::byte{0xAB});
  return made;
}

// THREATS 85: which of the names in a certificate is meant is said by the listener, not guessed.
TEST(identity_name, is_the_one_that_the_listener_names) {
  EXPECT_EQ(user_name_of(device(), identity_source::common_name), "sensor-1");
  EXPECT_EQ(user_name_of(device(), identity_source::alternative_name), "one.plant");
  const std::string digits = user_name_of(device(), identity_source::fingerprint);
  EXPECT_EQ(digits.size(), 64U);
  EXPECT_TRUE(digits.starts_with("abab"));
  EXPECT_EQ(user_name_of(device(), identity_source::none), "");
}

// THREATS 85: a host's name, then one for mail, then a URI; an address is nobody's name.
TEST(identity_name, takes_alternative_names_in_the_order_of_their_kinds) {
  tls_identity proved = device();
  std::erase_if(proved.alternative_names, [](const auto& one) { return one.kind == dns; });
  EXPECT_EQ(user_name_of(proved, identity_source::alternative_name), "one@plant");
  std::erase_if(proved.alternative_names, [](const auto& one) { return one.kind == email; });
  EXPECT_EQ(user_name_of(proved, identity_source::alternative_name), "urn:sensor:1");
  std::erase_if(proved.alternative_names, [](const auto& one) { return one.kind == uri; });
  EXPECT_EQ(user_name_of(proved, identity_source::alternative_name), "");
}

// THREATS 85: several common names, or one that is not text, are none (tls_identity); no other name stands in for it.
TEST(identity_name, is_none_rather_than_another) {
  tls_identity proved = device();
  proved.common_name.clear();
  EXPECT_EQ(user_name_of(proved, identity_source::common_name), "");
}

TEST(identity_name, of_a_pre_shared_key_is_its_identity) {
  tls_identity proved;
  proved.psk_identity = "sensor-1";
  for (const auto source :
       {identity_source::common_name, identity_source::alternative_name, identity_source::fingerprint}) {
    EXPECT_EQ(user_name_of(proved, source), "sensor-1");
  }
}

}  // namespace
}  // namespace nanomq::broker::testing
