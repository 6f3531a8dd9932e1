// A socket that dials often, and what it tells.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sp_fixture.hpp"

namespace nanonng::net {

struct dial_observer final : sp_peer_observer {
  void on_peers(std::size_t now) noexcept override { peers = now; }
  void on_dial_failed(const sp_dial_failure& how) noexcept override {
    ++failures;
    in_a_row = how.in_a_row;
    if (how.is_news) told.emplace_back(how.why);
  }
  void on_dialed(const std::string& url, std::uint64_t after) noexcept override { reached.emplace_back(url, after); }

  std::size_t peers = 0;
  std::uint64_t failures = 0;
  std::uint64_t in_a_row = 0;
  std::vector<std::string> told;
  std::vector<std::pair<std::string, std::uint64_t>> reached;
};

class sp_dialers : public sp_fixture {
 protected:
  std::unique_ptr<sp_socket> dial(const std::string& url, sp_protocol which = sp_protocol::pull0,
                                  const sp_tls_files& tls = {}) {
    sp_socket_options options;
    options.tls = tls;
    options.reconnect_minimum = nanolib::duration(1);
    options.reconnect_maximum = nanolib::duration(20);
    auto made = sp_socket::open(*loop_, which, options, &seen_);
    EXPECT_TRUE(made.has_value());
    EXPECT_TRUE((*made)->dial(url).has_value());
    return *std::move(made);
  }
  /// Several attempts fail for one reason, which is told once.
  void fails(const std::string& url, const std::string& why, sp_protocol which = sp_protocol::pull0,
             const sp_tls_files& tls = {}) {
    seen_ = {};
    const auto made = dial(url, which, tls);
    ASSERT_TRUE(turn_until([&] { return seen_.failures >= 4; }));
    ASSERT_EQ(seen_.told.size(), 1U) << seen_.told.back();
    EXPECT_NE(seen_.told.front().find(why), std::string::npos) << seen_.told.front();
    EXPECT_EQ(seen_.in_a_row, seen_.failures);
    EXPECT_TRUE(seen_.reached.empty());
  }

  dial_observer seen_;
};

}  // namespace nanonng::net
