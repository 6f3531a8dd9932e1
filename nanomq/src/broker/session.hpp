// What the broker knows about a client beyond its connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/flat_set.hpp"
#include "nanolib/cache/outbox.hpp"
#include "nanolib/subscription/subscription_tree.hpp"
#include "nanonng/net/timer.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanomq::broker {

class client;
class grant;
class local_client;
class shard;

/// The will of a connection, kept until it is sent or given up. Spec: MQTT 5.0 §3.1.2.5.
struct will {
  nanolib::message_ptr what;
  std::uint32_t expiry_s = 0;
  std::uint32_t delay_s = 0;
  bool expires = false;
};

class session;

/// What a session has only while its client is away: when it ends, and when its will is due.
struct absence {
  explicit absence(session& whose) noexcept : of(whose) {}
  void on_timer(nanolib::instant now) noexcept;

  session& of;
  nanolib::instant will_due = nanolib::never;
  nanolib::instant ends = nanolib::never;
  nanonng::net::timer_of<absence, &absence::on_timer> timer{*this};
};

/// What is remembered of a client while there are rules about what it may do.
struct session_rights {
  std::string address;                   ///< of its last connection; empty: that was before a restart
  std::string listener;                  ///< likewise: through which it came
  std::vector<std::string> by_letter;    ///< filters of subscriptions that were granted as they are written
  std::shared_ptr<const grant> brought;  ///< by its last client; null: none, or that was before a restart
  std::unique_ptr<const nanonng::net::tls_identity> identity;  ///< likewise: what that has shown in TLS
};

/// Session state by MQTT 5.0 §4.1. Owned by its shard. Thread: loop-confined.
/// Shape: about 130 bytes while connected; the outbox is made when the first QoS 1 or 2 message is owed.
class session {
 public:
  session(shard& home, std::string id, std::uint64_t hash, nanolib::subscriber_id number) noexcept;

  /// The outbox, made now if there is none. Null when memory is short.
  [[nodiscard]] nanolib::outbox* owed(const nanolib::outbox_limits& limits) noexcept;
  /// The outbox if anything is owed, what waits in the store included. Null: nothing is, or memory is short.
  [[nodiscard]] nanolib::outbox* known_outbox(const nanolib::outbox_limits& limits) noexcept {
    return outbox || !resting ? outbox.get() : owed(limits);
  }
  /// Whether it is in the store.
  [[nodiscard]] bool is_kept() const noexcept { return key != 0; }
  /// A QoS 2 message has arrived with this unit; if that is refused, the identifier is free again.
  void expect_receipt(std::uint64_t unit, std::uint16_t packet_identifier, std::uint64_t settled);
  /// Whether it goes on without a connection.
  [[nodiscard]] bool outlives_connection() const noexcept { return expiry_s > 0; }
  [[nodiscard]] std::string_view user_name() const noexcept {
    return user ? std::string_view(*user) : std::string_view();
  }

  [[nodiscard]] std::string_view address() const noexcept {
    return rights ? std::string_view(rights->address) : std::string_view();
  }
  [[nodiscard]] std::string_view listener() const noexcept {
    return rights ? std::string_view(rights->listener) : std::string_view();
  }

  shard& at;
  const std::string client_id;
  const std::uint64_t hash;
  const nanolib::subscriber_id number;
  std::uint32_t subscription_bytes = 0;  ///< of the filters' texts
  client* connected = nullptr;
  local_client* local = nullptr;  ///< its client is in this process and always there
  std::unique_ptr<nanolib::outbox> outbox;
  std::unique_ptr<will> last_will;
  nanolib::flat_set<nanolib::subscription_tree::handle> subscriptions;
  nanolib::identifier_set unreleased;
  std::unique_ptr<absence> away;            ///< null while connected
  std::unique_ptr<const std::string> user;  ///< null: no user name
  std::unique_ptr<session_rights> rights;   ///< null: nothing has restricted it
  std::uint32_t rights_epoch = 0;  ///< of the rights that its subscriptions were looked at with; 0: they were not
  std::uint32_t expiry_s = 0;
  std::uint32_t shared_subscriptions : 28 = 0;
  bool asks_each : 1 = false;  ///< a subscription stands for less than it matches: each message is asked about
  bool will_is_stored : 1 = false;
  bool is_superuser : 1 = false;  ///< of its last connection
  bool is_counted : 1 = false;    ///< among those of its user
  bool awaits_store : 1 = false;  ///< the shard's mark: it is on the list of those that wait for the writer
  nanolib::session_key key = 0;   ///< in the store; 0: not in one, the session ends with its connection
  nanolib::queue_sequence first_sequence = 1;  ///< of the outbox, when it is made
  /// What waits in the store and nowhere else; null once there is an outbox that knows it.
  std::unique_ptr<nanolib::resting_queue> resting;
  struct receipt {
    std::uint64_t unit;
    std::uint16_t packet_identifier;
  };
  std::unique_ptr<std::vector<receipt>> receipts;  ///< whose unit is not settled; null: none ever was
};

}  // namespace nanomq::broker
