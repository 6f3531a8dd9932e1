// Endpoints without questions: pub0, sub0, push0, pull0, pair0, pair1, bus0.
//
// Out: a message of QoS 1 or 2 is settled when a peer has taken it (push, pair), or when nng has put it before those who are
// there (pub, bus). In: each message is published as it comes; while the broker is congested none is taken, so that a push or
// a pair at the other end waits, and the oldest of a pub or a bus go and are counted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "bridge/local_endpoint_base.hpp"
#include "nanolib/base/counter.hpp"
#include "nanonng/net/sp_stream.hpp"

namespace nanomq::bridge {

class local_streaming_endpoint final : public local_endpoint_base, private nanonng::net::sp_stream_handler {
 public:
  using local_endpoint_base::local_endpoint_base;

  [[nodiscard]] bool has_room() const noexcept override { return waiting_.empty() && stream_->has_room(); }
  void send(const broker::local_message& what) noexcept override;
  void on_wake() noexcept override { take_in(); }
  void on_uncongested() noexcept override;
  [[nodiscard]] std::vector<figure> figures() const override;

 private:
  nanolib::result<void> open_channel() override;
  std::size_t under_way() const noexcept override { return stream_->unsent() + waiting_.size(); }
  void on_sp_arrival() noexcept override { take_in(); }
  void on_sp_taken(std::uint64_t up_to) noexcept override;

  void take_in() noexcept;
  void send_out() noexcept;
  void settle(std::uint64_t up_to) noexcept;

  /// More than one only when several rules want the same message.
  struct outgoing {
    nanonng::net::sp_message message;
    std::uint16_t token;
  };
  struct awaited {
    std::uint64_t number;
    std::uint16_t token;
  };
  std::unique_ptr<nanonng::net::sp_stream> stream_;
  std::deque<outgoing> waiting_;
  std::deque<awaited> awaited_;
  nanolib::counter given_;  ///< messages for the socket
  bool congested_ = false;
};

}  // namespace nanomq::bridge
