// Shards that nobody runs: what the broker's inner classes need to stand on.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker::testing {

class two_shards : public ::testing::Test {
 protected:
  two_shards() {
    for (std::uint32_t number = 0; number < 2; ++number) {
      auto made = shard::create(shared, number);
      if (!made) throw std::runtime_error("no event loop");
      shared.shards.push_back(std::move(*made));
      shared.readers.online(number);
    }
  }
  [[nodiscard]] shard& first() { return *shared.shards[0]; }
  [[nodiscard]] shard& second() { return *shared.shards[1]; }

  commons shared{[] {
    broker_options options;
    options.shards = 2;
    options.sys_interval = nanolib::duration(0);
    return options;
  }()};
};

}  // namespace nanomq::broker::testing
