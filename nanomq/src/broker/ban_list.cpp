#include "nanomq/broker/ban_list.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "nanolib/base/hash.hpp"

namespace nanomq::broker {

namespace {

using nanolib::instant;
using nanomq::access::ip_address;

ip_address masked(const ip_address& address, unsigned bits) noexcept {
  ip_address out;
  for (unsigned i = 0; i < out.octets.size() && i * 8 < bits; ++i) {
    const unsigned left = bits - i * 8;
    const unsigned kept = left >= 8 ? 0xFFU : 0xFFU << (8 - left);
    out.octets[i] = static_cast<std::uint8_t>(address.octets[i] & kept);
  }
  return out;
}

}  // namespace

std::size_t ban_list::text_hash::operator()(std::string_view text) const noexcept {
  return static_cast<std::size_t>(nanolib::hash_text(text));
}

std::size_t ban_list::address_hash::operator()(const ip_address& address) const noexcept {
  return static_cast<std::size_t>(
      nanolib::hash_text({reinterpret_cast<const char*>(address.octets.data()), address.octets.size()}));
}

std::size_t ban_list::weight(const ban& one) noexcept {
  return one.client_id.size() + one.user.size() + one.reason.size();
}

bool ban_list::is_meant(const ban& one, const visitor& who) noexcept {
  if (!one.client_id.empty() && one.client_id != who.client_id) return false;
  if (!one.user.empty() && one.user != who.user) return false;
  if (one.is_local && !who.is_local) return false;
  return !one.network || (who.address && one.network->contains(*who.address));
}

bool ban_list::holds_any(const entries* some, const visitor& who, instant now) noexcept {
  return some != nullptr &&
         std::ranges::any_of(*some, [&](const entry& one) { return one.ends > now && is_meant(one.what, who); });
}

// Never longer than it was meant for, however far the clock has been set back meanwhile.
instant ban_list::end_of(const ban& what, instant now) const noexcept {
  if (what.until == nanolib::wall_time::max()) return nanolib::never;
  const auto left = std::min(what.until - clock_->wall_now(), what.until - what.since);
  constexpr nanolib::duration longest = std::chrono::hours(24 * 366 * 100);
  return now + std::clamp(left, nanolib::duration(0), longest);
}

ban_list::entries& ban_list::place_of(const ban& what) {
  if (!what.client_id.empty()) return by_client_[what.client_id];
  if (!what.user.empty()) return by_user_[what.user];
  if (what.network) return by_network_[what.network->bits][what.network->first];
  return local_;
}

template <class Predicate>
std::size_t ban_list::erase_if(Predicate is_to_go) {
  std::size_t gone = 0;
  std::size_t bytes = 0;
  const auto erase_from = [&](entries& some) {
    gone += std::erase_if(some, [&](const entry& one) {
      if (!is_to_go(one)) return false;
      bytes += weight(one.what);
      return true;
    });
    return some.empty();
  };
  const auto erase_in = [&](auto& all) {
    for (auto one = all.begin(); one != all.end();) one = erase_from(one->second) ? all.erase(one) : std::next(one);
  };
  erase_in(by_client_);
  erase_in(by_user_);
  for (auto& [bits, networks] : by_network_) erase_in(networks);
  std::erase_if(by_network_, [](const auto& length) { return length.second.empty(); });
  static_cast<void>(erase_from(local_));
  size_.fetch_sub(gone, std::memory_order_relaxed);
  bytes_ -= bytes;
  return gone;
}

ban_list::outcome ban_list::insert(ban what) {
  const instant now = clock_->now();
  const instant ends = end_of(what, now);
  if (ends <= now) return outcome::over;
  const bool is_configured = what.from == ban::source::configuration;
  entries& there = place_of(what);
  const auto known = std::ranges::find_if(there, [&](const entry& one) {
    return (one.what.from == ban::source::configuration) == is_configured && one.what.is_about_the_same(what);
  });
  const std::size_t size = weight(what);
  if (known != there.end()) {
    // What a person has said is not made shorter by what the broker sees meanwhile.
    if (what.from == ban::source::flapping && known->what.from == ban::source::person) return outcome::kept;
    bytes_ = bytes_ - weight(known->what) + size;
    *known = {std::move(what), ends};
    return outcome::replaced;
  }
  there.push_back({std::move(what), ends});
  bytes_ += size;
  size_.fetch_add(1, std::memory_order_relaxed);
  return outcome::added;
}

ban_list::outcome ban_list::add(ban what) {
  const nanolib::mutex_lock lock(mutex_);
  const std::size_t more = weight(what);
  // Clients that come and go must not leave a person without room for the ban that would end it.
  const std::size_t parts = what.from == ban::source::flapping ? 9 : 10;
  const auto is_full = [&](std::size_t bytes) {
    return size() >= most_bans / 10 * parts || bytes + more > most_bytes / 10 * parts;
  };
  if (is_full(bytes_)) {
    erase_if([now = clock_->now()](const entry& one) { return one.ends <= now; });
  }
  if (is_full(bytes_)) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return outcome::full;
  }
  return insert(std::move(what));
}

ban_list::removal ban_list::remove(const ban& which) {
  const nanolib::mutex_lock lock(mutex_);
  bool configured = false;
  const std::size_t gone = erase_if([&](const entry& one) {
    if (!one.what.is_about_the_same(which)) return false;
    configured = configured || one.what.from == ban::source::configuration;
    return one.what.from != ban::source::configuration;
  });
  if (gone > 0) return removal::removed;
  return configured ? removal::configured : removal::unknown;
}

void ban_list::set_configured(const std::vector<ban>& all) {
  const nanolib::mutex_lock lock(mutex_);
  erase_if([](const entry& one) { return one.what.from == ban::source::configuration; });
  for (const ban& one : all) {
    ban own = one;
    own.from = ban::source::configuration;
    static_cast<void>(insert(std::move(own)));
  }
}

std::vector<ban> ban_list::all() {
  std::vector<ban> out;
  {
    const nanolib::mutex_lock lock(mutex_);
    erase_if([now = clock_->now()](const entry& one) { return one.ends <= now; });
    const auto take = [&](const entries& some) {
      for (const entry& one : some) out.push_back(one.what);
    };
    for (const auto& [name, some] : by_client_) take(some);
    for (const auto& [name, some] : by_user_) take(some);
    for (const auto& [bits, networks] : by_network_) {
      for (const auto& [network, some] : networks) take(some);
    }
    take(local_);
  }
  std::ranges::sort(out, {}, [](const ban& one) {
    return std::tuple(one.client_id, one.user, one.address(), std::to_underlying(one.from));
  });
  return out;
}

ban_list::visitor ban_list::visitor_from(std::string_view address) noexcept {
  visitor who{{}, {}, std::nullopt, address == "unix"};
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  if (!who.is_local) who.address = nanomq::access::parse_address(address);
  return who;
}

bool ban_list::bans_network(const visitor& who, instant now) noexcept {
  if (who.is_local) return holds_any(&local_, who, now);
  if (!who.address) return false;
  return std::ranges::any_of(by_network_, [&](const auto& length) {
    const auto found = length.second.find(masked(*who.address, length.first));
    return found != length.second.end() && holds_any(&found->second, who, now);
  });
}

bool ban_list::bans_address(std::string_view address) noexcept {
  if (size() == 0) return false;
  const visitor who = visitor_from(address);
  const nanolib::mutex_lock lock(mutex_);
  return bans_network(who, clock_->now());
}

bool ban_list::bans_client(std::string_view client_id, std::string_view user, std::string_view address) noexcept {
  if (size() == 0) return false;
  visitor who = visitor_from(address);
  who.client_id = client_id;
  who.user = user;
  const instant now = clock_->now();
  const nanolib::mutex_lock lock(mutex_);
  const auto of = [](const by_text& all, std::string_view name) {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : &found->second;
  };
  return holds_any(of(by_client_, client_id), who, now) || holds_any(of(by_user_, user), who, now) ||
         bans_network(who, now);
}

}  // namespace nanomq::broker
