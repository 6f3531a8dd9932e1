#include "broker/session.hpp"

#include <new>

#include "broker/session_table.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

session::session(shard& home, std::string id, std::uint64_t id_hash, nanolib::subscriber_id its_number) noexcept
    : at(home), client_id(std::move(id)), hash(id_hash), number(its_number) {}

void absence::on_timer(nanolib::instant now) noexcept { of.at.on_session_timer(of, now); }

nanolib::outbox* session::owed(const nanolib::outbox_limits& limits) noexcept {
  if (outbox) return outbox.get();
  if (!is_kept()) {
    outbox.reset(new (std::nothrow) nanolib::outbox(limits));
    return outbox.get();
  }
  try {
    outbox = std::make_unique<nanolib::outbox>(limits, *at.keeps(), key, first_sequence);
    if (resting) outbox->stored()->restore(*resting);
    resting.reset();
  } catch (const std::bad_alloc&) {
    // Null, as without a store.
  }
  return outbox.get();
}

void session::expect_receipt(std::uint64_t unit, std::uint16_t packet_identifier, std::uint64_t settled) {
  if (!receipts) receipts = std::make_unique<std::vector<receipt>>();
  if (receipts->size() == receipts->capacity()) {
    std::erase_if(*receipts, [settled](const receipt& one) { return one.unit <= settled; });
  }
  receipts->push_back({unit, packet_identifier});
}

std::size_t session_table::locate(std::string_view client_id, std::uint64_t hash) const noexcept {
  std::size_t place = hash & (index_.size() - 1);
  for (; index_[place] != 0; place = (place + 1) & (index_.size() - 1)) {
    const session& held = *slots_[index_[place]];
    if (held.hash == hash && held.client_id == client_id) break;
  }
  return place;
}

session* session_table::find(std::string_view client_id, std::uint64_t hash) const noexcept {
  return index_.empty() ? nullptr : at(index_[locate(client_id, hash)]);
}

void session_table::rebuild(std::size_t capacity) {
  std::vector<std::uint32_t> fresh(capacity);
  for (const std::unique_ptr<session>& held : slots_) {
    if (!held) continue;
    std::size_t place = held->hash & (capacity - 1);
    while (fresh[place] != 0) place = (place + 1) & (capacity - 1);
    fresh[place] = nanolib::slot_of(held->number);
  }
  index_ = std::move(fresh);
}

session* session_table::create(std::string_view client_id, std::uint64_t hash) noexcept {
  try {
    if ((size_ + 1) * 2 > index_.size()) rebuild(index_.empty() ? 16 : index_.size() * 2);
    if (slots_.empty()) slots_.emplace_back();  // slot 0 is nobody
    std::uint32_t slot = 0;
    if (!free_slots_.empty()) {
      slot = free_slots_.back();
    } else {
      if (slots_.size() > most_slots_) return nullptr;
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
      free_slots_.push_back(slot);
    }
    auto fresh = std::make_unique<session>(home_, std::string(client_id), hash,
                                           nanolib::make_subscriber_id(shard_number_, slot));
    free_slots_.pop_back();
    slots_[slot] = std::move(fresh);
    // The session is not in the index yet, so the search ends at a free place.
    index_[locate(client_id, hash)] = slot;
    ++size_;
    return slots_[slot].get();
  } catch (...) {
    return nullptr;
  }
}

void session_table::destroy(session& which) noexcept {
  const std::size_t mask = index_.size() - 1;
  std::size_t gap = locate(which.client_id, which.hash);
  for (std::size_t next = (gap + 1) & mask; index_[next] != 0; next = (next + 1) & mask) {
    const std::size_t wanted = slots_[index_[next]]->hash & mask;
    if (((next - wanted) & mask) >= ((next - gap) & mask)) {
      index_[gap] = index_[next];
      gap = next;
    }
  }
  index_[gap] = 0;
  --size_;
  const std::uint32_t slot = nanolib::slot_of(which.number);
  slots_[slot].reset();
  try {
    free_slots_.push_back(slot);
  } catch (...) {
    // The slot is lost, nothing else: there is no memory to remember it.
  }
}

}  // namespace nanomq::broker
