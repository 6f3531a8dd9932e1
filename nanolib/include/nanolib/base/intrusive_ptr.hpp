// A counted pointer to an object that carries its own count: one word, no control block.
#pragma once

#include <concepts>
#include <cstddef>
#include <utility>

namespace nanolib {

/// Shares ownership of a Counted, which provides `void retain() const noexcept` and `void release() const noexcept`
/// (found by member call; release frees at zero). Shape: one word. Thread: like a raw pointer; the count decides.
template <class Counted>
class intrusive_ptr {
 public:
  intrusive_ptr() noexcept = default;
  intrusive_ptr(std::nullptr_t) noexcept {}
  intrusive_ptr(const intrusive_ptr& other) noexcept : object_(other.object_) {
    if (object_ != nullptr) object_->retain();
  }
  intrusive_ptr(intrusive_ptr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  /// A pointer to a base, or to const.
  template <class Other>
    requires std::convertible_to<Other*, Counted*>
  intrusive_ptr(intrusive_ptr<Other> other) noexcept : object_(other.detach()) {}
  intrusive_ptr& operator=(intrusive_ptr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~intrusive_ptr() {
    if (object_ != nullptr) object_->release();
  }

  /// Takes over a reference that has already been counted.
  [[nodiscard]] static intrusive_ptr adopt(Counted* counted) noexcept {
    intrusive_ptr pointer;
    pointer.object_ = counted;
    return pointer;
  }
  /// Adds a reference to an object that somebody else keeps alive during the call.
  [[nodiscard]] static intrusive_ptr share(Counted* counted) noexcept {
    if (counted != nullptr) counted->retain();
    return adopt(counted);
  }
  /// Gives the reference up without releasing it.
  [[nodiscard]] Counted* detach() noexcept { return std::exchange(object_, nullptr); }

  [[nodiscard]] Counted* get() const noexcept { return object_; }
  Counted& operator*() const noexcept { return *object_; }
  Counted* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const intrusive_ptr&, const intrusive_ptr&) = default;

 private:
  Counted* object_ = nullptr;
};

}  // namespace nanolib
