// pub0, sub0, push0, pull0, pair0, pair1, bus0 and MQTT.
#pragma once

#include <deque>
#include <string>

#include "bridge/mqtt_source.hpp"
#include "bridge/sp_endpoint.hpp"
#include "nanomq/bridge/echo_filter.hpp"
#include "nanonng/net/sp_stream.hpp"

namespace nanomq::bridge {

/// MQTT to SP: taken from MQTT when the socket has room, acknowledged when it has been taken there.
/// SP to MQTT: taken from the socket while MQTT has not too many unacknowledged.
class stream_endpoint final : public sp_endpoint, nanonng::net::sp_stream_handler, mqtt_source::taker {
 public:
  stream_endpoint(nanonng::net::event_loop& loop, const sp_mapping& mapping, const sp_endpoint_settings& settings,
                  sp_counters& counters);
  ~stream_endpoint() override;
  [[nodiscard]] nanolib::result<void> open(nanonng::net::sp_socket& socket);

  void begin(nanonng::sdk::client& with) override;
  void rest() noexcept override { resting_ = true; }
  [[nodiscard]] sp_remainder remainder() override;
  [[nodiscard]] nanonng::net::sp_stream::figures stream_figures() const noexcept override { return stream_->count(); }

 private:
  /// What the ends of publications come back to; without the endpoint once that is gone.
  struct account {
    stream_endpoint* home;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    bool full = false;
  };
  struct given {
    std::uint64_t number;
    nanonng::sdk::message what;
  };

  void on_sp_arrival() noexcept override;
  void on_sp_taken(std::uint64_t up_to) noexcept override;
  void on_turn() noexcept override;
  void take_from_mqtt();
  void give_to_sp(const nanonng::sdk::message& what);
  void acknowledge(std::uint64_t up_to) noexcept;
  void take_from_sp();
  void publish(nanolib::bytes body);
  void count(std::size_t size, const nanolib::result<nanonng::sdk::publish_outcome>& how) noexcept;
  void on_published(std::size_t size, const nanolib::result<nanonng::sdk::publish_outcome>& how) noexcept;
  [[nodiscard]] bool is_full() const noexcept;
  [[nodiscard]] bool comes_back(std::string_view topic) const noexcept;

  nanonng::net::event_loop& loop_;
  const sp_mapping& mapping_;
  const sp_endpoint_settings settings_;
  sp_counters& counters_;
  std::shared_ptr<mqtt_source> source_;
  std::shared_ptr<account> account_;
  nanonng::sdk::client* client_ = nullptr;
  nanonng::sdk::publish_options how_;
  std::unique_ptr<nanonng::net::sp_stream> stream_;
  std::size_t nng_keeps_ = 0;  ///< of its messages, in a buffer that nobody can look into
  bool sends_ = false;
  bool receives_ = false;
  bool resting_ = false;
  std::size_t largest_lost_ = 0;  ///< of those that a lost connection took, since one arrived
  std::deque<given> given_;       // with QoS 1 and 2, until the socket has taken them
  echo_filter own_;
  std::string scratch_;
};

}  // namespace nanomq::bridge
