// All bans of a broker, to be asked at each connection and each CONNECT.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nanolib/base/mutex.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/broker/ban.hpp"

namespace nanomq::broker {

/// A ban ends when the time that it had left has passed: by the clock on the wall when it is added, by the one that never
/// jumps from there on, so that setting the clock neither frees anybody nor keeps him out.
/// Thread: thread-safe (one lock, a leaf; without bans none is taken). Shape: by client id, user or network one look-up
/// each, for networks one for every length that there is.
class ban_list {
 public:
  static constexpr std::size_t most_bans = 10'000;
  static constexpr std::size_t most_bytes = std::size_t{4} << 20U;  ///< of texts

  explicit ban_list(nanolib::clock& clock) noexcept : clock_(&clock) {}

  enum class outcome : std::uint8_t { added, replaced, kept, over, full };
  /// Replaces one about the same clients, unless that is configured. over: its time is over already. Of flapping clients
  /// nine tenths of the room may be full, and what a person has said about the same ones is kept.
  /// Errors: throws std::bad_alloc.
  outcome add(ban what);
  enum class removal : std::uint8_t { removed, unknown, configured };
  /// Those about the same clients that are not configured.
  removal remove(const ban& which);
  /// These are the configured ones from here on. Errors: throws std::bad_alloc.
  void set_configured(const std::vector<ban>& all);
  /// All that hold, by client id, user and address. Errors: throws std::bad_alloc.
  [[nodiscard]] std::vector<ban> all();

  /// Whether nobody may come from there, whoever it is. "192.0.2.7", "[2001:db8::7]", "unix".
  [[nodiscard]] bool bans_address(std::string_view address) noexcept;
  [[nodiscard]] bool bans_client(std::string_view client_id, std::string_view user, std::string_view address) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  /// How many were not added because there was no room.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  struct entry {
    ban what;
    nanolib::instant ends = nanolib::never;
  };
  /// Who asks.
  struct visitor {
    std::string_view client_id;
    std::string_view user;
    std::optional<nanomq::access::ip_address> address;
    bool is_local = false;
  };
  struct text_hash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept;
  };
  struct address_hash {
    [[nodiscard]] std::size_t operator()(const nanomq::access::ip_address& address) const noexcept;
  };
  using entries = std::vector<entry>;
  using by_text = std::unordered_map<std::string, entries, text_hash, std::equal_to<>>;
  using by_address = std::unordered_map<nanomq::access::ip_address, entries, address_hash>;

  [[nodiscard]] static visitor visitor_from(std::string_view address) noexcept;
  [[nodiscard]] static bool is_meant(const ban& one, const visitor& who) noexcept;
  [[nodiscard]] static std::size_t weight(const ban& one) noexcept;
  [[nodiscard]] static bool holds_any(const entries* some, const visitor& who, nanolib::instant now) noexcept;
  [[nodiscard]] bool bans_network(const visitor& who, nanolib::instant now) noexcept NANOLIB_REQUIRES(mutex_);
  [[nodiscard]] nanolib::instant end_of(const ban& what, nanolib::instant now) const noexcept;
  [[nodiscard]] entries& place_of(const ban& what) NANOLIB_REQUIRES(mutex_);
  outcome insert(ban what) NANOLIB_REQUIRES(mutex_);
  template <class Predicate>
  std::size_t erase_if(Predicate is_to_go) NANOLIB_REQUIRES(mutex_);

  nanolib::clock* clock_;
  nanolib::mutex mutex_;
  by_text by_client_ NANOLIB_GUARDED_BY(mutex_);  ///< those that name a client id
  by_text by_user_ NANOLIB_GUARDED_BY(mutex_);    ///< those that name a user and no client id
  std::map<std::uint8_t, by_address> by_network_ NANOLIB_GUARDED_BY(mutex_);  ///< the others, by their first bits
  entries local_ NANOLIB_GUARDED_BY(mutex_);
  std::size_t bytes_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace nanomq::broker
