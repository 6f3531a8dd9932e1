#include "nanolib/message/message.hpp"

#include <cstring>
#include <new>

namespace nanolib {

message::message(const publication& from) noexcept
    : topic_hash_(from.topic_hash),
      expiry_(from.expiry),
      payload_size_(static_cast<std::uint32_t>(from.payload.size())),
      properties_size_(static_cast<std::uint32_t>(from.properties.size())),
      publisher_(from.publisher),
      topic_size_(static_cast<std::uint16_t>(from.topic.size())),
      qos_(from.qos),
      retained_(from.retain) {}

message_ptr message::create(const publication& from) noexcept {
  const std::size_t size = sizeof(message) + from.topic.size() + from.properties.size() + from.payload.size();
  void* memory = ::operator new(size, std::nothrow);
  if (memory == nullptr) return {};
  auto* made = ::new (memory) message(from);
  auto* tail = static_cast<std::byte*>(memory) + sizeof(message);
  const auto append = [&tail](bytes part) {
    if (!part.empty()) std::memcpy(tail, part.data(), part.size());
    tail += part.size();
  };
  append(as_bytes(from.topic));
  append(from.properties);
  append(from.payload);
  return message_ptr::adopt(made);
}

void message::release() const noexcept {
  if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const auto* self = this;
  self->~message();
  ::operator delete(const_cast<message*>(self));
}

publication::publication(message_ptr from) noexcept
    : topic(from->topic()),
      topic_hash(from->topic_hash()),
      properties(from->properties()),
      payload(from->payload()),
      expiry(from->expiry()),
      publisher(from->publisher()),
      qos(from->qos()),
      retain(from->retained()),
      kept(std::move(from)) {}

}  // namespace nanolib
