// A queue in one growing array: what std::deque would cost per idle queue (600 bytes), this does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace nanolib {

/// First in, first out. Shape: 24 bytes while it has never held anything; capacity is a power of two and only trim()
/// gives it back. Thread: externally synchronised.
template <class Value>
class ring {
 public:
  ring() noexcept = default;
  ring(const ring&) = delete;
  ring& operator=(const ring&) = delete;
  ~ring() {
    clear();
    ::operator delete(slots_);
  }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] Value& front() noexcept { return slots_[begin_]; }
  [[nodiscard]] Value& operator[](std::size_t index) noexcept { return slots_[(begin_ + index) & (capacity_ - 1)]; }
  [[nodiscard]] const Value& operator[](std::size_t index) const noexcept {
    return slots_[(begin_ + index) & (capacity_ - 1)];
  }

  /// False when memory is short; the value is then untouched.
  [[nodiscard]] bool push_back(Value&& value) noexcept {
    if (size_ == capacity_ && !grow()) return false;
    ::new (static_cast<void*>(&(*this)[size_])) Value(std::move(value));
    ++size_;
    return true;
  }
  void pop_front() noexcept {
    slots_[begin_].~Value();
    begin_ = (begin_ + 1) & (capacity_ - 1);
    --size_;
  }
  void clear() noexcept {
    while (!empty()) pop_front();
  }
  /// Gives the memory of an empty ring back.
  void trim() noexcept {
    if (!empty()) return;
    ::operator delete(slots_);
    slots_ = nullptr;
    capacity_ = 0;
    begin_ = 0;
  }

 private:
  bool grow() noexcept {
    const std::uint32_t wanted = capacity_ == 0 ? 4 : capacity_ * 2;
    auto* larger = static_cast<Value*>(::operator new(wanted * sizeof(Value), std::nothrow));
    if (larger == nullptr) return false;
    for (std::uint32_t index = 0; index < size_; ++index) {
      Value& old = (*this)[index];
      ::new (static_cast<void*>(larger + index)) Value(std::move(old));
      old.~Value();  // NOLINT(bugprone-use-after-move): a moved-from value still has to end
    }
    ::operator delete(slots_);
    slots_ = larger;
    capacity_ = wanted;
    begin_ = 0;
    return true;
  }

  Value* slots_ = nullptr;
  std::uint32_t capacity_ = 0;
  std::uint32_t begin_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace nanolib
