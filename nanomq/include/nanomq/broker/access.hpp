// Who may enter, and do what: the questions that the broker asks at room 5, and the answers when nothing is configured.
//
// Whether a client may enter can take long to find out: the answer comes through a reply, on whatever thread. What a client
// may do is answered at once. An access object never changes while it is in use: other rights are another object, which
// broker::set_access() puts in its place.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanomq/broker/exchange.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanomq::broker {

/// Who asks. Views for the duration of the call.
struct principal {
  std::string_view client_id;
  std::string_view user_name;
  std::string_view address{};   ///< "192.0.2.7", "[2001:db8::7]", "unix"; behind a proxy the client's own
  std::string_view listener{};  ///< "ssl:plant", "tcp:default"
  /// Who it has proved to be in TLS: common name, alternative names, fingerprint, PSK identity. Null without TLS.
  const nanonng::net::tls_identity* identity = nullptr;
  /// The user at the other end of a Unix socket.
  std::optional<std::uint32_t> local_user{};
  /// Whether the listener vouches for it: client certificates or pre-shared keys are required there, or its
  /// allow_anonymous is true.
  bool is_admitted = false;
  /// Whether its listener admits nobody without a user name, whatever holds elsewhere: its allow_anonymous is false.
  bool needs_user = false;
  /// Whether its user name is what it has proved in TLS, so that there is no password to check.
  bool is_identified = false;
  /// Of a client that is there: whether its user name was checked when it entered, and is more than a claim.
  bool was_checked = false;
  /// Likewise: whether what it has shown ends by itself, as tokens do.
  bool has_end = false;
  /// Likewise: whether whoever admitted it said that it may do everything.
  bool is_superuser = false;
  /// Likewise: whether somebody outside of the broker has admitted it.
  bool by_others = false;
  std::uint16_t port = 0;  ///< of the listener; 0: none, or any
  /// Likewise, and of one that is away: the rights that it has brought along. Null: none.
  const grant* brought = nullptr;

  /// Of the certificate that it has shown; empty: it has shown none, or that has none that is one text.
  [[nodiscard]] std::string_view common_name() const noexcept {
    return identity != nullptr ? std::string_view(identity->common_name) : std::string_view();
  }
};

/// What a CONNECT brought to show who it is. Views for the duration of the call.
struct credentials {
  bool has_user_name = false;
  nanolib::bytes password;
};

/// Where an answer goes that does not come at once. Thread: thread-safe.
class admission_reply {
 public:
  admission_reply() = default;
  admission_reply(const admission_reply&) = delete;
  admission_reply& operator=(const admission_reply&) = delete;
  virtual ~admission_reply() = default;

  /// Once. It may come after the client has gone, or the broker.
  virtual void answer(const admission& what) noexcept = 0;
  /// Nobody waits for it any more: what has not begun need not begin.
  [[nodiscard]] bool is_abandoned() const noexcept { return abandoned_.load(std::memory_order_relaxed); }
  void abandon() noexcept { abandoned_.store(true, std::memory_order_relaxed); }

 private:
  std::atomic<bool> abandoned_{false};
};

enum class operation : std::uint8_t { publish, subscribe, receive };

/// Whether a client may do something: success, or the reason for the answer.
struct permission {
  nanonng::mqtt::reason_code reason = nanonng::mqtt::reason_code::success;
  bool partly = false;     ///< a subscription that stands, but not for all that it matches: ask about each message
  bool by_letter = false;  ///< a subscription that was granted as it is written: ask may_receive_through(), too

  [[nodiscard]] bool is_granted() const noexcept { return !nanonng::mqtt::is_error(reason); }
};

/// Rights that a client has brought along, as tokens do: they are asked before those that are configured, for as long as the
/// client has its session and until it enters again. Thread: thread-safe; immutable.
class grant {
 public:
  grant() = default;
  grant(const grant&) = delete;
  grant& operator=(const grant&) = delete;
  virtual ~grant() = default;

  /// None: it says nothing about this.
  [[nodiscard]] virtual std::optional<permission> authorize(const principal& who, operation what,
                                                            std::string_view topic) const noexcept = 0;
  /// See access::may_receive_through().
  [[nodiscard]] virtual bool may_receive_through(const principal& who, std::string_view filter,
                                                 std::string_view topic) const noexcept = 0;
  /// Whether it says anything about topics at all.
  [[nodiscard]] virtual bool has_rules() const noexcept = 0;
  /// Whether it denies something, which then holds for a part of what others allow, too.
  [[nodiscard]] virtual bool denies() const noexcept = 0;
  /// Whoever vouches for it: the same bytes for the same key. Empty: nobody.
  [[nodiscard]] virtual nanolib::bytes voucher() const noexcept = 0;
};

/// Where an answer about a right goes that does not come at once. Thread: thread-safe.
class permission_reply {
 public:
  permission_reply() = default;
  permission_reply(const permission_reply&) = delete;
  permission_reply& operator=(const permission_reply&) = delete;
  virtual ~permission_reply() = default;

  /// Once. It may come after the client has gone, or the broker.
  virtual void answer(const permission& what) noexcept = 0;
};

/// Asked on the shards' threads, never waits. Thread: thread-safe; immutable.
class access {
 public:
  access() = default;
  access(const access&) = delete;
  access& operator=(const access&) = delete;
  virtual ~access() = default;

  /// Whether this client may enter. No value: `reply` gets the answer, or the client waits until its time is over.
  [[nodiscard]] virtual std::optional<admission> authenticate(
      const principal& who, const credentials& given, const std::shared_ptr<admission_reply>& reply) const noexcept = 0;
  /// The user who is claimed by what stands in the place of a user name, where that is a proof of its own (a token): it then
  /// is given to authenticate() as the password, and shown nowhere. None: it is a name. Errors: throws std::bad_alloc.
  [[nodiscard]] virtual std::optional<std::string> claimed_user(std::string_view /*user_name*/) const { return {}; }
  /// Begins an authentication with AUTH packets, which takes the place of authenticate(). Null: there is no such method.
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] virtual std::unique_ptr<exchange> begin_exchange(const principal& /*who*/,
                                                                 std::string_view /*method*/) const {
    return nullptr;
  }
  /// Whether authenticate() may answer later. A reply is made only then.
  [[nodiscard]] virtual bool answers_later() const noexcept { return false; }
  /// Whether a client that is there may stay, now that these are the rights.
  [[nodiscard]] virtual bool still_admits(const principal&) const noexcept { return true; }

  /// Whether it may do this with this topic (or topic filter, for subscribe), as far as it is known at once: what somebody
  /// else would have to be asked about is denied.
  [[nodiscard]] virtual permission authorize(const principal& who, operation what,
                                             std::string_view topic) const noexcept = 0;
  /// Whether some rights have to be asked for, with inquire().
  [[nodiscard]] virtual bool inquires() const noexcept { return false; }
  /// The same as authorize(), of clients that can wait. No value: `reply` gets the answer, within bounded time; it is denied
  /// with implementation_specific_error when there was none to be had. Never for `receive`.
  [[nodiscard]] virtual std::optional<permission> inquire(
      const principal& who, operation what, std::string_view topic,
      const std::shared_ptr<permission_reply>& /*reply*/) const noexcept {
    return authorize(who, what, topic);
  }
  /// Whether a message may reach it through a subscription granted `by_letter`, though authorize() says no to its topic.
  [[nodiscard]] virtual bool may_receive_through(const principal&, std::string_view /*filter*/,
                                                 std::string_view /*topic*/) const noexcept {
    return false;
  }

  /// Whether a client that has entered is who its user name says.
  [[nodiscard]] virtual bool checks_users() const noexcept { return true; }
  /// False when authorize() would always say success: the broker then does not ask.
  [[nodiscard]] virtual bool restricts() const noexcept { return true; }
  /// Whether a client that does what it may not is disconnected.
  [[nodiscard]] virtual bool disconnects_denied() const noexcept { return false; }
  /// Whether a session belongs to the user who began it.
  [[nodiscard]] virtual bool binds_sessions() const noexcept { return false; }
  /// Whether a retained message is withheld when whoever has published it may not do that any more.
  [[nodiscard]] virtual bool rechecks_retained() const noexcept { return false; }
  /// For statistics: "http/requests". Errors: throws std::bad_alloc.
  [[nodiscard]] virtual std::vector<std::pair<std::string_view, std::uint64_t>> figures() const { return {}; }
};

/// Admits everybody to everything but publishing under `$`. What the broker uses while no access control is configured.
[[nodiscard]] std::shared_ptr<const access> open_access() noexcept;

}  // namespace nanomq::broker
