// The broker's side of a local peer: the session that it has on its shard, and the way in and out.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "broker/retained_sources.hpp"
#include "broker/session.hpp"
#include "nanolib/base/counter.hpp"
#include "nanolib/route/router.hpp"
#include "nanomq/broker/access.hpp"
#include "nanomq/broker/hooks.hpp"
#include "nanomq/broker/local_peer.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::broker {

class shard;

/// Thread: loop-confined, but wake(), options() and counts().
class local_client final : private local_port {
 public:
  /// Written by the shard, read by any thread.
  struct figures {
    nanolib::counter received, received_bytes;  ///< from the peer
    nanolib::counter sent, sent_bytes;          ///< to the peer
    nanolib::counter refused;                   ///< from the peer, for want of rights, room or sense
    nanolib::counter dropped;                   ///< to the peer: no room in its queue, expired, or not delivered
    nanolib::counter queued;
    nanolib::counter withheld;              ///< to the peer, for want of rights
    nanolib::counter denied_subscriptions;  ///< now: that it could not make any more
  };

  local_client(shard& home, local_peer_options options, std::unique_ptr<local_peer> peer);
  ~local_client();
  local_client(const local_client&) = delete;
  local_client& operator=(const local_client&) = delete;

  /// Makes the session and its subscriptions, and tells the peer. Errors: config (`why` is one line), sys (ENOMEM).
  [[nodiscard]] nanolib::result<void> attach(std::string& why);

  /// A message for it; `granted` is the subscription's QoS.
  void deliver(const nanolib::publication& what, nanolib::quality_of_service granted, bool retain,
               const nanolib::shared_group_ptr& group) noexcept;
  /// Others say what it may receive: what it may not any more is told, and counted.
  void on_other_rights() noexcept;
  /// Once a turn: what it was woken for, and what it waited for.
  void go_on() noexcept;
  void begin_stop() noexcept;
  /// The same for this one alone; the loop turns again when `until` has come.
  void begin_departure(nanolib::instant until) noexcept;
  /// The peer ends, and its session with it. What still waits for it is lost, and told.
  void leave() noexcept;
  /// Nothing waits for it, or can be brought away.
  [[nodiscard]] bool is_idle() const noexcept;

  [[nodiscard]] const local_peer_options& options() const noexcept { return options_; }
  [[nodiscard]] const figures& counts() const noexcept { return counts_; }
  [[nodiscard]] const local_peer& peer() const noexcept { return *peer_; }

 private:
  published publish(nanolib::publication& what) noexcept override;
  void settle(std::uint16_t token, bool delivered) noexcept override;
  void on_room() noexcept override { pump(); }
  void wake() noexcept override;
  [[nodiscard]] nanonng::net::event_loop& loop() noexcept override;

  [[nodiscard]] principal who() const noexcept { return {options_.client_id, options_.user_name, options_.address}; }
  [[nodiscard]] nanolib::result<void> subscribe(const local_subscription& wanted, std::string& why);
  [[nodiscard]] nanonng::mqtt::reason_code ingress(nanolib::publication& what) noexcept;
  [[nodiscard]] retained_source_ptr source() noexcept;
  [[nodiscard]] nanolib::outbox* outgoing() noexcept;
  void on_patience_over(nanolib::instant) noexcept {}  // the turn looks at it
  void end_peer() noexcept;
  void pump() noexcept;
  void hand_over(const nanolib::publication& what, nanolib::quality_of_service qos, bool retain,
                 std::uint16_t token) noexcept;
  void drop(drop_reason why, const nanolib::publication& what) noexcept;

  shard& at_;
  const local_peer_options options_;
  std::unique_ptr<local_peer> peer_;
  session* session_ = nullptr;
  figures counts_;
  nanonng::net::timer_of<local_client, &local_client::on_patience_over> patience_{*this};
  retained_source_ptr source_;
  std::vector<bool> denied_;  ///< of options_.subscriptions
  std::atomic<bool> woken_{false};
  bool congested_ = false;
  bool pumping_ = false;
  bool stopping_ = false;
};

}  // namespace nanomq::broker
