// What the three kinds of endpoints have in common: the socket, the rules, and what is counted.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "bridge/sp_rules.hpp"
#include "nanolib/base/counter.hpp"
#include "nanolib/base/log.hpp"
#include "nanomq/broker/local_peer.hpp"
#include "nanonng/net/sp_message.hpp"
#include "nanonng/net/sp_socket.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::bridge {

/// Thread: the shard's, but figures(), and what says something else.
class local_endpoint_base : public broker::local_peer, private nanonng::net::sp_peer_observer {
 public:
  local_endpoint_base(sp_endpoint_options options, sp_rules rules, nanolib::log& log);

  nanolib::result<void> on_attached(broker::local_port& port, std::string& why) final;
  void begin_stop() noexcept override;
  [[nodiscard]] bool is_idle() const noexcept final;
  [[nodiscard]] std::vector<figure> figures() const override;

 protected:
  /// The socket is there and has no peers yet. Thread: as on_attached(). Errors: nng.
  [[nodiscard]] virtual nanolib::result<void> open_channel() = 0;
  /// Messages that nobody has taken, and answers that may still come.
  [[nodiscard]] virtual std::size_t under_way() const noexcept = 0;

  /// What became of a message from SP.
  struct outcome {
    bool routed = false;     ///< somebody gets it
    bool congested = false;  ///< the broker wants no more for now
  };
  /// By every rule that its beginning fits. What fits none is counted.
  outcome publish(nanolib::bytes body, nanolib::bytes properties = {}) noexcept;
  /// MQTT to SP; none when the rule does not allow it or memory is short, which is counted.
  [[nodiscard]] nanonng::net::sp_message message_for(const sp_rules::forward& rule,
                                                     const nanolib::publication& what) noexcept;
  /// Something went out. What nng has taken is not on the wire at once, and a socket that closes would lose it.
  void note_sent() noexcept;
  void refuse(sp_refusal why) noexcept { refused_[static_cast<std::size_t>(why)].add(); }

  [[nodiscard]] broker::local_port& port() noexcept { return *port_; }
  [[nodiscard]] nanonng::net::event_loop& loop() const noexcept { return port_->loop(); }
  [[nodiscard]] nanonng::net::sp_socket& socket() noexcept { return *socket_; }
  [[nodiscard]] const sp_endpoint_options& options() const noexcept { return options_; }
  [[nodiscard]] const sp_rules& rules() const noexcept { return rules_; }
  [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }

 private:
  void on_peers(std::size_t now) noexcept final;
  void on_listener_renewed(const std::string& url) noexcept final;
  void on_dial_failed(const nanonng::net::sp_dial_failure& how) noexcept final;
  void on_dialed(const std::string& url, std::uint64_t failures) noexcept final;
  void on_farewell(nanolib::instant) noexcept {}  // the turn looks at is_idle()
  [[nodiscard]] nanolib::result<void> open_socket(std::string& why);
  [[nodiscard]] nanolib::result<void> open_urls(std::string& why);

  const sp_endpoint_options options_;
  const sp_rules rules_;
  nanolib::log& log_;
  broker::local_port* port_ = nullptr;
  std::unique_ptr<nanonng::net::sp_socket> socket_;
  std::string scratch_;
  std::array<nanolib::counter, sp_refusal_count> refused_;
  nanolib::counter peers_;
  nanolib::counter renewed_listeners_;
  nanolib::counter failed_dials_;
  nanolib::counter no_memory_;
  nanolib::instant last_sent_{};
  nanonng::net::timer_of<local_endpoint_base, &local_endpoint_base::on_farewell> farewell_{*this};
  bool stopping_ = false;
};

}  // namespace nanomq::bridge
