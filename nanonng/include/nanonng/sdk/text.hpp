// The strings in the options of calls.
//
// Not std::string, because g++ 12 moves the temporaries of a co_await expression byte by byte into the coroutine's frame, and
// std::string does not survive that: `co_await c.publish("a", "b", {.qos = 1})` would crash. A pointer and a length do. It
// also costs nothing while it is empty, as most of them are.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace nanonng::sdk {

/// An owned text, or any bytes. Made from everything that is text; read as a string_view. Shape: two words, one allocation
/// when it is not empty. Thread: like any value.
class text {
 public:
  text() noexcept = default;
  text(std::string_view value) : size_(value.size()) {
    if (value.empty()) return;
    bytes_.reset(new char[value.size()]);
    std::memcpy(bytes_.get(), value.data(), value.size());
  }
  text(const char* value) : text(std::string_view(value)) {}
  text(const std::string& value) : text(std::string_view(value)) {}
  text(const text& other) : text(other.view()) {}
  text(text&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  text& operator=(text other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~text() = default;

  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }
  operator std::string_view() const noexcept { return view(); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  friend bool operator==(const text& left, const text& right) noexcept { return left.view() == right.view(); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace nanonng::sdk
