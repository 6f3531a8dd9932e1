#include "broker/lobby.hpp"

#include <algorithm>

#include "broker/client.hpp"
#include "broker/reply_address.hpp"

namespace nanomq::broker {

lobby::lobby(shard& home)
    : home_(home),
      address_(std::make_shared<reply_address<admission>>(
          home, [](shard& to, std::uint64_t ticket, const admission& what) noexcept {
            to.waiting_room().answer(ticket, what);
          })) {}

lobby::~lobby() { close(); }

void lobby::close() noexcept {
  address_->close();
  for (const entry& one : waiting_) one.to->abandon();
  waiting_.clear();
}

std::vector<lobby::entry>::iterator lobby::find(std::uint64_t ticket) noexcept {
  const auto found = std::ranges::lower_bound(waiting_, ticket, {}, &entry::ticket);
  return found != waiting_.end() && found->ticket == ticket ? found : waiting_.end();
}

std::shared_ptr<admission_reply> lobby::enter(client& who, std::uint64_t client_id_hash,
                                              std::uint64_t& ticket) noexcept {
  try {
    auto made = std::make_shared<numbered_reply<admission, admission_reply>>(address_, last_ticket_ + 1);
    waiting_.push_back({last_ticket_ + 1, client_id_hash, &who, made, {}});
    ticket = ++last_ticket_;
    return made;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void lobby::answer(std::uint64_t ticket, const admission& what) noexcept {
  const auto found = find(ticket);
  if (found != waiting_.end()) found->said = what;
}

std::optional<admission> lobby::answer_of(std::uint64_t ticket) const noexcept {
  const auto found = std::ranges::lower_bound(waiting_, ticket, {}, &entry::ticket);
  if (found == waiting_.end() || found->ticket != ticket || !found->said) return std::nullopt;
  const bool is_first = std::ranges::none_of(
      waiting_.begin(), found, [&](const entry& one) { return one.client_id_hash == found->client_id_hash; });
  return is_first ? found->said : std::nullopt;
}

void lobby::leave(std::uint64_t ticket) noexcept {
  const auto found = find(ticket);
  if (found == waiting_.end()) return;
  const std::uint64_t hash = found->client_id_hash;
  found->to->abandon();
  const auto next = waiting_.erase(found);
  const auto same = std::ranges::find(next, waiting_.end(), hash, &entry::client_id_hash);
  if (same != waiting_.end()) home_.ask_again(*same->who);
}

void lobby::ask_anew() noexcept {
  const std::vector<entry> all = std::exchange(waiting_, {});
  for (const entry& one : all) {
    one.to->abandon();
    one.who->ask_anew();
  }
}

}  // namespace nanomq::broker
