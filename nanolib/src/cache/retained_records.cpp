#include "retained_records.hpp"

#include <cstring>
#include <new>
#include <utility>

#include "nanolib/base/hash.hpp"

namespace nanolib {

namespace {

// The first byte of a record: QoS in two bits, and what there is.
constexpr unsigned qos_bits = 3;
constexpr unsigned retain_bit = 4;
constexpr unsigned shared_bit = 8;  ///< a pointer to the message follows, nothing else
constexpr unsigned wide_bit = 16;   ///< sizes of two bytes instead of one
constexpr unsigned properties_bit = 32;
constexpr unsigned expiry_bit = 64;
constexpr unsigned publisher_bit = 128;

/// Then: sizes of topic, payload and, if there are any, properties; topic; expiry; publisher; properties; payload.
struct layout {
  unsigned head = 0;
  std::size_t size = 0;

  explicit layout(const publication& from) noexcept {
    const std::size_t texts = from.topic.size() + from.properties.size() + from.payload.size();
    const bool wide = from.topic.size() > 255 || from.properties.size() > 255 || from.payload.size() > 255;
    head = static_cast<unsigned>(from.qos) | (from.retain ? retain_bit : 0) | (wide ? wide_bit : 0) |
           (from.properties.empty() ? 0 : properties_bit) | (from.expiry == never ? 0 : expiry_bit) |
           (from.publisher == nobody ? 0 : publisher_bit);
    size = texts > packed_pool::largest ? SIZE_MAX : size_of_head() + texts;
    if (size <= packed_pool::largest) return;
    head = shared_bit;
    size = 1 + sizeof(const message*);
  }
  [[nodiscard]] std::size_t size_of_head() const noexcept {
    const std::size_t sizes = (head & properties_bit) != 0 ? 3 : 2;
    return 1 + ((head & wide_bit) != 0 ? 2 * sizes : sizes) + ((head & expiry_bit) != 0 ? sizeof(instant) : 0) +
           ((head & publisher_bit) != 0 ? sizeof(subscriber_id) : 0);
  }
  [[nodiscard]] bool is_shared() const noexcept { return (head & shared_bit) != 0; }
};

class record_writer {
 public:
  explicit record_writer(std::byte* to) noexcept : to_(to) {}
  template <class Value>
  void value(const Value& one) noexcept {
    std::memcpy(to_, &one, sizeof one);
    to_ += sizeof one;
  }
  void size(std::size_t one, bool wide) noexcept {
    wide ? value(static_cast<std::uint16_t>(one)) : value(static_cast<std::uint8_t>(one));
  }
  void text(bytes one) noexcept {
    if (!one.empty()) std::memcpy(to_, one.data(), one.size());
    to_ += one.size();
  }

 private:
  std::byte* to_;
};

class record_reader {
 public:
  explicit record_reader(const std::byte* from) noexcept : from_(from) {}
  template <class Value>
  Value value() noexcept {
    Value one;
    std::memcpy(&one, from_, sizeof one);
    from_ += sizeof one;
    return one;
  }
  std::size_t size(bool wide) noexcept { return wide ? value<std::uint16_t>() : value<std::uint8_t>(); }
  bytes text(std::size_t size) noexcept { return {std::exchange(from_, from_ + size), size}; }

 private:
  const std::byte* from_;
};

[[nodiscard]] const message* shared_in(const std::byte* record) noexcept {
  if ((std::to_integer<unsigned>(record[0]) & shared_bit) == 0) return nullptr;
  return record_reader(record + 1).value<const message*>();
}

/// Views of a record that is not shared; without the hash.
publication view_of(const std::byte* record) noexcept {
  record_reader from(record);
  const unsigned head = from.value<std::uint8_t>();
  const bool wide = (head & wide_bit) != 0;
  publication out;
  const std::size_t topic = from.size(wide);
  const std::size_t payload = from.size(wide);
  const std::size_t properties = (head & properties_bit) != 0 ? from.size(wide) : 0;
  const bytes text = from.text(topic);
  out.topic = {reinterpret_cast<const char*>(text.data()), text.size()};
  if ((head & expiry_bit) != 0) out.expiry = from.value<instant>();
  if ((head & publisher_bit) != 0) out.publisher = from.value<subscriber_id>();
  out.properties = from.text(properties);
  out.payload = from.text(payload);
  out.qos = static_cast<quality_of_service>(head & qos_bits);
  out.retain = (head & retain_bit) != 0;
  return out;
}

/// `kept` is given for a shared one, and the record owns one of its references from then on.
void write(std::byte* to, const layout& how, const publication& from, message_ptr kept) noexcept {
  record_writer out(to);
  out.value(static_cast<std::uint8_t>(how.head));
  if (how.is_shared()) return out.value(kept.detach());
  const bool wide = (how.head & wide_bit) != 0;
  out.size(from.topic.size(), wide);
  out.size(from.payload.size(), wide);
  if (!from.properties.empty()) out.size(from.properties.size(), wide);
  out.text(as_bytes(from.topic));
  if (from.expiry != never) out.value(from.expiry);
  if (from.publisher != nobody) out.value(from.publisher);
  out.text(from.properties);
  out.text(from.payload);
}

/// The message to share, if this one is to be.
message_ptr keep(const layout& how, const publication& from) {
  if (!how.is_shared()) return {};
  if (!from.keep()) throw std::bad_alloc();
  return from.kept;
}

}  // namespace

retained_records::number retained_records::add(const publication& from) {
  const layout how(from);
  message_ptr kept = keep(how, from);
  const number made = pool_.allocate(how.size);
  write(pool_.at(made), how, from, std::move(kept));
  return made;
}

bool retained_records::try_replace(number which, const publication& with, message_ptr& replaced) {
  constexpr std::size_t most_waste = 16;
  const layout how(with);
  const std::size_t room = pool_.size(which);
  if (how.size > room || how.size + most_waste < room) return false;
  message_ptr kept = keep(how, with);
  replaced = message_ptr::adopt(shared_in(pool_.at(which)));
  write(pool_.at(which), how, with, std::move(kept));
  return true;
}

message_ptr retained_records::remove(number which) noexcept {
  message_ptr removed = message_ptr::adopt(shared_in(pool_.at(which)));
  pool_.release(which);
  return removed;
}

std::string_view retained_records::topic(number which) const noexcept {
  const std::byte* record = pool_.at(which);
  if (const message* shared = shared_in(record)) return shared->topic();
  // Every comparison of two topics comes here: no more is read than the topic.
  record_reader from(record);
  const unsigned head = from.value<std::uint8_t>();
  const bool wide = (head & wide_bit) != 0;
  const std::size_t size = from.size(wide);
  static_cast<void>(from.size(wide));
  if ((head & properties_bit) != 0) static_cast<void>(from.size(wide));
  return {reinterpret_cast<const char*>(from.text(size).data()), size};
}

instant retained_records::expiry(number which) const noexcept {
  const std::byte* record = pool_.at(which);
  const message* shared = shared_in(record);
  return shared != nullptr ? shared->expiry() : view_of(record).expiry;
}

std::size_t retained_records::size(number which) const noexcept {
  const std::byte* record = pool_.at(which);
  if (const message* shared = shared_in(record)) return shared->size();
  const publication seen = view_of(record);
  return sizeof(message) + seen.topic.size() + seen.properties.size() + seen.payload.size();
}

message_ptr retained_records::get(number which) const {
  const std::byte* record = pool_.at(which);
  if (const message* shared = shared_in(record)) return message_ptr::share(shared);
  publication seen = view_of(record);
  seen.topic_hash = hash_text(seen.topic);
  if (!seen.keep()) throw std::bad_alloc();
  return std::move(seen.kept);
}

}  // namespace nanolib
