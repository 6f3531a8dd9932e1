#include "broker/address_rates.hpp"

#include <gtest/gtest.h>

namespace nanomq::broker::testing {
namespace {

constexpr nanolib::instant start{nanolib::duration(1'000'000)};

nanolib::instant after(int ms) { return start + nanolib::duration(ms); }

int admitted(address_rates& of, std::string_view peer, int times, nanolib::instant now) {
  int count = 0;
  for (int i = 0; i < times; ++i) count += of.admits(peer, 10, now) ? 1 : 0;
  return count;
}

TEST(address_rates, admits_a_second_of_them_at_once_and_then_as_time_goes) {
  address_rates rates;
  EXPECT_EQ(admitted(rates, "192.0.2.1:1", 100, start), 10);
  EXPECT_EQ(admitted(rates, "192.0.2.1:2", 100, after(500)), 5) << "the port does not matter";
  EXPECT_EQ(admitted(rates, "192.0.2.1:3", 100, after(1'000'000)), 10) << "no more are saved up";
}

TEST(address_rates, counts_each_address_for_itself) {
  address_rates rates;
  EXPECT_EQ(admitted(rates, "192.0.2.1:1", 100, start), 10);
  EXPECT_EQ(admitted(rates, "192.0.2.2:1", 100, start), 10);
  EXPECT_EQ(admitted(rates, "unix", 100, start), 10);
  EXPECT_EQ(rates.size(), 3U);
}

TEST(address_rates, takes_an_ipv6_network_for_one) {
  address_rates rates;
  EXPECT_EQ(admitted(rates, "[2001:db8::1]:1", 8, start), 8);
  EXPECT_EQ(admitted(rates, "[2001:db8::2]:1", 8, start), 2);
  EXPECT_EQ(admitted(rates, "[2001:db8:0:1::2]:1", 8, start), 8);
}

TEST(address_rates, knows_an_ipv4_address_in_both_spellings) {
  address_rates rates;
  EXPECT_EQ(admitted(rates, "192.0.2.1:1", 8, start), 8);
  EXPECT_EQ(admitted(rates, "[::ffff:192.0.2.1]:1", 8, start), 2);
}

TEST(address_rates, stays_small_and_forgets_who_was_quiet) {
  address_rates rates;
  const auto from = [](std::size_t number) {
    return "10." + std::to_string(number / 65536) + "." + std::to_string(number / 256 % 256) + "." +
           std::to_string(number % 256) + ":1";
  };
  for (std::size_t i = 0; i < address_rates::most_addresses + 100; ++i) {
    EXPECT_TRUE(rates.admits(from(i), 10, start));
  }
  EXPECT_EQ(rates.size(), address_rates::most_addresses);
  EXPECT_TRUE(rates.admits("192.0.2.1:1", 10, after(5000)));
  EXPECT_EQ(rates.size(), 1U);
}

}  // namespace
}  // namespace nanomq::broker::testing
