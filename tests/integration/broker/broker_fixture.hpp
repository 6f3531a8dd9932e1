// Whole brokers inside the test's process, so that threads can be watched and every option can be set.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nanomq/broker/broker.hpp"
#include "raw_client.hpp"

namespace nanomq::broker::testing {

using support::connect_packet;
using support::properties;
using support::publish_packet;
using support::raw_client;
using support::subscribe_packet;
using support::version;
namespace property = support::property;

/// Options for a test: a free port on loopback, no statistics unless asked for.
[[nodiscard]] inline broker_options options_with(std::uint32_t shards) {
  broker_options options;
  options.listeners.emplace_back(nanonng::net::endpoint{nanonng::net::endpoint::transport::tcp, "127.0.0.1", 0});
  options.shards = shards;
  options.sys_interval = nanolib::duration(0);
  return options;
}

/// A broker that runs until it is stopped or destroyed.
class running {
 public:
  explicit running(broker_options options) {
    std::string why;
    auto opened = broker::open(std::move(options), why);
    if (!opened) throw support::expectation_failed(why);
    broker_ = std::move(*opened);
    if (!broker_->start()) throw support::expectation_failed("the broker does not start");
    const auto listening = broker_->listeners().front().where;
    where_ = {listening.host, listening.port};
  }
  [[nodiscard]] broker& operator*() noexcept { return *broker_; }
  broker* operator->() noexcept { return broker_.get(); }
  [[nodiscard]] const support::address& where() const noexcept { return where_; }

  [[nodiscard]] raw_client dial(version v = version::v5) const { return {where_, v}; }
  [[nodiscard]] raw_client join(const std::string& id, const connect_packet& with = {}, version v = version::v5) const {
    raw_client client = dial(v);
    connect_packet packet = with;
    packet.client_id = id;
    client.connect(packet);
    return client;
  }

 private:
  std::unique_ptr<broker> broker_;
  support::address where_;
};

/// Runs one thread per call and waits for all. What a thread throws fails the test.
inline void at_once(const std::vector<std::function<void()>>& calls) {
  std::vector<std::string> faults(calls.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      threads.emplace_back([&, i] {
        try {
          calls[i]();
        } catch (const std::exception& thrown) {
          faults[i] = thrown.what();
        }
      });
    }
  }
  for (const std::string& fault : faults) EXPECT_EQ(fault, "");
}

}  // namespace nanomq::broker::testing
