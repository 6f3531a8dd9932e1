// The bytes of an incomplete packet that a connection keeps. Private to the folder.
#pragma once

#include <cstddef>
#include <memory>

#include "nanolib/base/bytes.hpp"
#include "nanonng/net/connection.hpp"

namespace nanonng::net {

/// A header and `capacity` bytes behind it, in one allocation.
struct residue {
  std::size_t capacity = 0;
  std::size_t size = 0;
  std::size_t needed = 0;  ///< how much must be there before the handler is asked again; more than `size`

  [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] nanolib::bytes view() noexcept { return {data(), size}; }
};

using residue_ptr = std::unique_ptr<residue, residue_deleter>;

/// Null when memory is short.
[[nodiscard]] residue_ptr make_residue(std::size_t capacity) noexcept;

/// Makes room behind what is there, growing to at most twice what has been received and, where that is known, not beyond
/// what is needed: what a header announces reserves nothing. False when memory is short (nothing has changed).
[[nodiscard]] bool grow_residue(residue_ptr& bytes, std::size_t at_least) noexcept;

/// Appends a copy. False when memory is short (nothing has changed).
[[nodiscard]] bool append_residue(residue_ptr& bytes, nanolib::bytes data) noexcept;

}  // namespace nanonng::net
