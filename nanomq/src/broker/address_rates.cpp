#include "broker/address_rates.hpp"

#include <algorithm>
#include <new>

#include "nanomq/access/address.hpp"

namespace nanomq::broker {

namespace {

/// How often all buckets are looked at to find room, at the most.
constexpr nanolib::duration sweep_pause{1000};

std::string key_of(std::string_view peer) {
  std::string_view host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = access::parse_address(host);
  if (!address) return std::string(host);
  const auto& octets = address->octets;
  const bool is_v4 = std::all_of(octets.begin(), octets.begin() + 10, [](auto octet) { return octet == 0; });
  const auto first = is_v4 ? octets.begin() + 10 : octets.begin();
  return {first, first + (is_v4 ? 6 : 8)};
}

double seconds(nanolib::duration of) noexcept { return static_cast<double>(of.count()) / 1000.0; }

}  // namespace

bool address_rates::admits(std::string_view peer, std::uint32_t per_second, nanolib::instant now) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  try {
    const std::string key = key_of(peer);
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
      if (buckets_.size() >= most_addresses) make_room(per_second, now);
      if (buckets_.size() >= most_addresses) return true;
      found = buckets_.try_emplace(key, bucket{static_cast<double>(per_second), now}).first;
    }
    bucket& of = found->second;
    const double most = per_second;
    of.tokens = std::min(most, of.tokens + seconds(std::max(now - of.filled, nanolib::duration(0))) * most);
    of.filled = now;
    if (of.tokens < 1) return false;
    of.tokens -= 1;
    return true;
  } catch (const std::bad_alloc&) {
    return true;
  }
}

void address_rates::make_room(std::uint32_t per_second, nanolib::instant now) noexcept {
  if (now - swept_ < sweep_pause) return;
  swept_ = now;
  const double most = per_second;
  std::erase_if(buckets_,
                [&](const auto& one) { return one.second.tokens + seconds(now - one.second.filled) * most >= most; });
}

std::size_t address_rates::size() const noexcept {
  const nanolib::mutex_lock lock(mutex_);
  return buckets_.size();
}

}  // namespace nanomq::broker
