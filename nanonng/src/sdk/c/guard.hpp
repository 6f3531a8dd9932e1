// The edge between C++ and C: what is thrown becomes a code, and pointers become views.
#pragma once

#include <nng/nng.h>

#include <new>
#include <string_view>
#include <utility>

namespace nanonng::sdk::c {

/// Runs a function that returns an nng error code. Only the want of memory is ever thrown in here.
template <class Function>
[[nodiscard]] int guarded(Function&& what) noexcept {
  try {
    return std::forward<Function>(what)();
  } catch (...) {
    return NNG_ENOMEM;
  }
}

/// A text that C gave, NULL as "".
[[nodiscard]] inline std::string_view text_of(const char* from) noexcept {
  return from == nullptr ? std::string_view() : std::string_view(from);
}

/// Bytes that C gave.
[[nodiscard]] inline std::string_view data_of(const void* from, std::size_t size) noexcept {
  return {static_cast<const char*>(from), from == nullptr ? 0 : size};
}

}  // namespace nanonng::sdk::c
