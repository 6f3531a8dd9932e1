#include "nanomq/access/address.hpp"

#include <gtest/gtest.h>

namespace nanomq::access {
namespace {

bool is_in(std::string_view address, std::string_view network) {
  return parse_network(network)->contains(*parse_address(address));
}

TEST(ip_network, contains_its_addresses_to_the_bit) {
  EXPECT_TRUE(is_in("10.1.2.3", "10.0.0.0/8"));
  EXPECT_FALSE(is_in("11.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(is_in("192.168.1.127", "192.168.1.0/25"));
  EXPECT_FALSE(is_in("192.168.1.128", "192.168.1.0/25"));
  EXPECT_TRUE(is_in("1.2.3.4", "0.0.0.0/0"));
  EXPECT_FALSE(is_in("::1", "0.0.0.0/0"));
  EXPECT_TRUE(is_in("fd00::1", "fd00::/8"));
  EXPECT_FALSE(is_in("fe80::1", "fd00::/8"));
  EXPECT_TRUE(is_in("1.2.3.4", "::/0"));
  EXPECT_TRUE(is_in("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(is_in("127.0.0.2", "127.0.0.1"));
}

TEST(ip_network, takes_both_spellings_of_an_ipv4_address_for_the_same) {
  EXPECT_EQ(parse_address("::ffff:10.0.0.1"), parse_address("10.0.0.1"));
  EXPECT_TRUE(is_in("::ffff:10.0.0.1", "10.0.0.0/8"));
}

TEST(ip_network, refuses_what_is_none) {
  for (const char* text : {"", "10", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "::/129",
                           "localhost", "10.0.0.256", "fd00::1/8", "1.2.3.4.5", "::1%lo", "/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string(1000, '1')));
}

}  // namespace
}  // namespace nanomq::access
