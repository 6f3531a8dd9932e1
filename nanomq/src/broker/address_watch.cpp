#include "broker/address_watch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "nanolib/base/hash.hpp"
#include "nanomq/access/address.hpp"

namespace nanomq::broker {

namespace {

using nanolib::instant;

constexpr std::size_t table_size = 16'384;
constexpr std::size_t told_size = 1'024;
/// Enough for fail2ban to see that somebody tries passwords, and no flood.
constexpr nanolib::bucket_shape lines_of_one_source({10, nanolib::duration(60'000)});

}  // namespace

std::optional<std::uint64_t> address_key(std::string_view address) noexcept {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  const auto parsed = nanomq::access::parse_address(address);
  if (!parsed) return std::nullopt;
  const auto& octets = parsed->octets;
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  const bool is_ipv4 = std::ranges::equal(mapped, std::span(octets).first(mapped.size()));
  const std::size_t significant = is_ipv4 ? octets.size() : octets.size() / 2;
  return nanolib::hash_text({reinterpret_cast<const char*>(octets.data()), significant});
}

address_watch::address_watch(const traffic_limits& from) : told_(told_size) { set(from); }

void address_watch::set(const traffic_limits& to) {
  const nanolib::mutex_lock lock(mutex_);
  connections_ = nanolib::bucket_shape(to.connections_per_address);
  logins_ = nanolib::bucket_shape(to.failed_logins_per_address);
  flapping_ = to.flapping;
  if (!arrived_ && connections_.is_limited()) arrived_ = std::make_unique<buckets>(table_size);
  if (!failed_ && logins_.is_limited()) failed_ = std::make_unique<buckets>(table_size);
  if (!ended_ && flapping_.enable) ended_ = std::make_unique<recent_table<ends>>(table_size);
  if (!connections_.is_limited()) arrived_.reset();
  if (!logins_.is_limited()) failed_.reset();
  if (!flapping_.enable) ended_.reset();
  paces_connections_.store(connections_.is_limited(), std::memory_order_relaxed);
  paces_logins_.store(logins_.is_limited(), std::memory_order_relaxed);
  watches_ends_.store(flapping_.enable, std::memory_order_relaxed);
}

bool address_watch::may_connect(std::string_view address, instant now) noexcept {
  if (!paces_connections_.load(std::memory_order_relaxed)) return true;
  const auto key = address_key(address);
  if (!key) return true;
  const nanolib::mutex_lock lock(mutex_);
  return !arrived_ || arrived_->at(*key).try_spend(connections_, 1, now);
}

bool address_watch::must_back_off(std::string_view address, instant now) noexcept {
  if (!paces_logins_.load(std::memory_order_relaxed)) return false;
  const auto key = address_key(address);
  if (!key) return false;
  const nanolib::mutex_lock lock(mutex_);
  const auto* const known = failed_ ? failed_->find(*key) : nullptr;
  return known != nullptr && known->is_empty(logins_, now);
}

void address_watch::note_failed_login(std::string_view address, instant now) noexcept {
  if (!paces_logins_.load(std::memory_order_relaxed)) return;
  const auto key = address_key(address);
  if (!key) return;
  const nanolib::mutex_lock lock(mutex_);
  // Several that were being looked at together may fail together: no debt, so that nobody waits for hours.
  if (failed_) static_cast<void>(failed_->at(*key).try_spend(logins_, 1, now));
}

std::optional<nanolib::duration> address_watch::note_end(std::string_view client_id, std::string_view address,
                                                         instant now) noexcept {
  if (!watches_ends_.load(std::memory_order_relaxed)) return std::nullopt;
  const std::uint64_t key = nanolib::hash_text(client_id, nanolib::hash_text(address));
  const nanolib::mutex_lock lock(mutex_);
  if (!ended_) return std::nullopt;
  ends& seen = ended_->at(key);
  if (seen.count == 0 || now - seen.since >= flapping_.window_time) seen = {now, 0};
  if (++seen.count <= flapping_.max_count) return std::nullopt;
  seen = {};
  return flapping_.ban_time;
}

bool address_watch::may_tell(std::string_view source, instant now) noexcept {
  const std::uint64_t key = address_key(source).value_or(nanolib::hash_text(source));
  const nanolib::mutex_lock lock(mutex_);
  return told_.at(key).try_spend(lines_of_one_source, 1, now);
}

}  // namespace nanomq::broker
