#include "nanolib/cache/store_usage.hpp"

namespace nanolib {

bool store_usage::try_add(std::uint64_t bytes) noexcept {
  if (messages() >= limits_.maximum_messages || this->bytes() + bytes > limits_.maximum_bytes) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  add(1, bytes);
  return true;
}

void store_usage::add(std::uint64_t rows, std::uint64_t bytes) noexcept {
  messages_.fetch_add(rows, std::memory_order_relaxed);
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void store_usage::remove(std::uint64_t rows, std::uint64_t bytes) noexcept {
  messages_.fetch_sub(rows, std::memory_order_relaxed);
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

}  // namespace nanolib
