// Messages from the MQTT client's pull queue, taken on the loop when there is room for them.
//
// Nothing is taken without room: then the queue fills, the client stops reading, and the server holds the rest back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "nanonng/net/event_loop.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanomq::bridge {

/// Thread: loop-confined, but the first begin(). The client does its I/O and its callbacks on that loop.
class mqtt_source : public std::enable_shared_from_this<mqtt_source> {
 public:
  class taker {
   public:
    /// Takes what it can with next(), and calls rest() when next() had nothing more.
    virtual void on_turn() noexcept = 0;

   protected:
    ~taker() = default;
  };

  mqtt_source(nanonng::net::event_loop& loop, taker& to) noexcept : loop_(loop), to_(&to) {}
  mqtt_source(const mqtt_source&) = delete;
  mqtt_source& operator=(const mqtt_source&) = delete;

  void begin(nanonng::sdk::client& from) noexcept { from_ = &from; }
  /// The taker hears nothing any more.
  void end() noexcept { to_ = nullptr; }

  /// Calls on_turn() soon, once for any number of calls.
  void call_soon() noexcept;
  /// The next message, if there is one.
  [[nodiscard]] nanonng::sdk::message next();
  /// Takes all that there are, and says how many.
  [[nodiscard]] std::uint64_t discard();
  /// Calls on_turn() when there is one again.
  void rest();

 private:
  class turn;

  nanonng::net::event_loop& loop_;
  taker* to_;
  nanonng::sdk::client* from_ = nullptr;
  nanonng::sdk::message first_;
  bool waits_ = false;
  bool called_ = false;
};

}  // namespace nanomq::bridge
