// The hook that makes bodies of events and hands them to the sender.
#pragma once

#include <memory>

#include "nanomq/broker/hooks.hpp"
#include "nanomq/webhook/webhook_settings.hpp"
#include "webhook/event_body.hpp"

namespace nanomq::webhook {

class sender;

/// Immutable: other settings are another hook over the same sender. Thread: as hooks are called.
class event_hook final : public broker::hook {
 public:
  /// `clock` outlives it.
  event_hook(const webhook_settings& from, std::shared_ptr<sender> to, const nanolib::clock& clock);

  [[nodiscard]] std::vector<broker::hook_interest> interests() const override;
  [[nodiscard]] std::vector<figure> figures() const override;

  void on_connect(const broker::connect_event& e) noexcept override;
  void on_connected(const broker::connected_event& e) noexcept override;
  void on_refused(const broker::refused_event& e) noexcept override;
  void on_disconnected(const broker::disconnected_event& e) noexcept override;
  void on_session_created(const broker::session_event& e) noexcept override;
  void on_session_terminated(const broker::session_end_event& e) noexcept override;
  void on_subscribe(const broker::subscribe_event& e) noexcept override;
  void on_subscribed(const broker::subscribed_event& e) noexcept override;
  void on_unsubscribe(const broker::subscribe_event& e) noexcept override;
  void on_unsubscribed(const broker::subscribed_event& e) noexcept override;
  void on_publish(const broker::publish_event& e) noexcept override;
  void on_delivered(const broker::delivery_event& e) noexcept override;
  void on_acked(const broker::acked_event& e) noexcept override;
  void on_dropped(const broker::dropped_event& e) noexcept override;

 private:
  [[nodiscard]] bool wants(event_kind which) const noexcept {
    return (wanted_ >> static_cast<unsigned>(which) & 1U) != 0;
  }
  template <class Make>
  void send(const broker::hook_client& about, const Make& make) const noexcept;

  std::vector<event_rule> rules_;
  std::uint32_t wanted_ = 0;
  body_style style_;
  std::shared_ptr<sender> to_;
  const nanolib::clock& clock_;
};

}  // namespace nanomq::webhook
