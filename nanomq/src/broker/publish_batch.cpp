#include "broker/publish_batch.hpp"

#include <cstring>

#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// Above this a message is kept once and referred to, below it is copied into the batch.
constexpr std::size_t copied_at_most = 1024;

}  // namespace

/// What stands before the bytes of each publication. Counted pointers are stored bare: the batch owns one reference each.
struct publish_batch::record {
  std::uint64_t topic_hash;
  nanolib::instant expiry;
  const nanolib::message* kept;
  const nanolib::shared_group* group;
  nanolib::subscriber_id publisher;
  nanolib::subscriber_id member;
  std::uint32_t properties_size;
  std::uint32_t payload_size;
  std::uint64_t store_key;
  std::uint16_t topic_size;
  std::uint16_t unit;
  nanolib::quality_of_service qos;
  bool retain;
};

std::uint16_t publish_batch::unit_of(const nanolib::publication& what) {
  recorder* keeps = from_.keeps();
  if (keeps == nullptr || what.qos == nanolib::quality_of_service::at_most_once) return 0;
  static_cast<void>(keeps->body_of(what));
  const nanolib::store_unit* now = keeps->current();
  if (now != nullptr) {
    for (std::size_t index = units_.size(); index > 0; --index) {
      if (units_[index - 1].get() != now) continue;
      keeps->touch();
      return static_cast<std::uint16_t>(index);
    }
  }
  if (units_.size() == UINT16_MAX) return 0;
  units_.reserve(units_.size() + 1);
  nanolib::store_unit_ptr carried = keeps->carry();
  if (!carried) return 0;
  units_.push_back(std::move(carried));
  return static_cast<std::uint16_t>(units_.size());
}

bool publish_batch::append(const nanolib::publication& what, nanolib::shared_group_ptr group,
                           nanolib::subscriber_id member) noexcept {
  record head{what.topic_hash,
              what.expiry,
              nullptr,
              nullptr,
              what.publisher,
              member,
              static_cast<std::uint32_t>(what.properties.size()),
              static_cast<std::uint32_t>(what.payload.size()),
              0,
              static_cast<std::uint16_t>(what.topic.size()),
              0,
              what.qos,
              what.retain};
  const std::size_t inline_size = what.topic.size() + what.properties.size() + what.payload.size();
  nanolib::message_ptr kept;
  if (inline_size > copied_at_most) {
    kept = what.keep();
    if (!kept) return false;
    head.topic_size = 0;
  }
  const std::size_t copied = kept ? 0 : inline_size;
  const std::size_t begin = arena_.size();
  // Records stay aligned, so that they can be read where they lie.
  const std::size_t end = (begin + sizeof(record) + copied + alignof(record) - 1) / alignof(record) * alignof(record);
  try {
    head.unit = unit_of(what);
    head.store_key = what.store_key;
    if (end > arena_.capacity()) arena_.reserve(std::max<std::size_t>(end, arena_.capacity() * 2));
    arena_.resize(end);
  } catch (...) {
    return false;
  }
  size_ += inline_size + sizeof(record);
  head.kept = kept.detach();
  head.group = group.detach();
  std::byte* out = arena_.data() + begin;
  std::memcpy(out, &head, sizeof head);
  if (copied == 0) return true;
  out += sizeof head;
  std::memcpy(out, what.topic.data(), what.topic.size());
  out += what.topic.size();
  if (!what.properties.empty()) std::memcpy(out, what.properties.data(), what.properties.size());
  out += what.properties.size();
  if (!what.payload.empty()) std::memcpy(out, what.payload.data(), what.payload.size());
  return true;
}

bool publish_batch::add(const nanolib::publication& what) noexcept { return append(what, {}, nanolib::nobody); }

bool publish_batch::add_shared(const nanolib::publication& what, const nanolib::shared_group_ptr& group,
                               nanolib::subscriber_id member) noexcept {
  return append(what, group, member);
}

void publish_batch::run() noexcept {
  recorder* const keeps = to_.keeps();
  for (std::size_t at = 0; at < arena_.size();) {
    record head;
    std::memcpy(&head, arena_.data() + at, sizeof head);
    const std::byte* tail = arena_.data() + at + sizeof head;
    nanolib::publication what;
    std::size_t copied = 0;
    if (head.kept != nullptr) {
      what = nanolib::publication(nanolib::message_ptr::adopt(head.kept));
    } else {
      what.topic = {reinterpret_cast<const char*>(tail), head.topic_size};
      what.properties = {tail + head.topic_size, head.properties_size};
      what.payload = {tail + head.topic_size + head.properties_size, head.payload_size};
      copied = std::size_t{head.topic_size} + head.properties_size + head.payload_size;
      what.topic_hash = head.topic_hash;
      what.expiry = head.expiry;
      what.publisher = head.publisher;
      what.qos = head.qos;
      what.retain = head.retain;
    }
    what.store_key = head.store_key;
    if (keeps != nullptr) keeps->attend(head.unit == 0 ? nullptr : units_[head.unit - 1U].get());
    if (head.group != nullptr) {
      const auto group = nanolib::shared_group_ptr::adopt(head.group);
      to_.deliver_to_member(what, group, head.member);
    } else {
      to_.deliver_local(what);
    }
    at = (at + sizeof head + copied + alignof(record) - 1) / alignof(record) * alignof(record);
  }
  arena_.clear();
  if (keeps == nullptr) return;
  keeps->attend(nullptr);
  for (nanolib::store_unit_ptr& unit : units_) keeps->finish(std::move(unit));
  units_.clear();
}

publish_batch::~publish_batch() {
  // Reached with records only when the receiver ended before it ran.
  for (std::size_t at = 0; at < arena_.size();) {
    record head;
    std::memcpy(&head, arena_.data() + at, sizeof head);
    std::size_t copied = 0;
    if (head.kept != nullptr) {
      static_cast<void>(nanolib::message_ptr::adopt(head.kept));
    } else {
      copied = std::size_t{head.topic_size} + head.properties_size + head.payload_size;
    }
    if (head.group != nullptr) static_cast<void>(nanolib::shared_group_ptr::adopt(head.group));
    at = (at + sizeof head + copied + alignof(record) - 1) / alignof(record) * alignof(record);
  }
  // In one order with is_congested(), which writes the mark and then reads the bytes: one of the two sees the other.
  lane_.bytes.fetch_sub(size_, std::memory_order_seq_cst);
  if (lane_.sender_waits.exchange(false, std::memory_order_seq_cst)) from_.wake_stalled();
}

}  // namespace nanomq::broker
