// Lines out of a descriptor, in large bites.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"

namespace nanomq::tools {

/// Bounds: one line, which is no longer than an MQTT payload can be. Thread: externally synchronised.
class line_source {
 public:
  static constexpr std::size_t longest_line = 268'435'455;

  explicit line_source(int descriptor) noexcept : descriptor_(descriptor) {}

  /// Reads once; blocks when there is nothing. Only when next() has said that there is no whole line left.
  /// Errors: sys (EMSGSIZE: a line that is too long).
  [[nodiscard]] nanolib::result<void> read();
  /// The next line without its end, valid until read(). The last one need not have an end. False: read() first, or at_end().
  [[nodiscard]] bool next(std::string_view& line) noexcept;
  /// Whether everything has been read and handed out.
  [[nodiscard]] bool at_end() const noexcept { return ended_ && first_ == filled_; }
  /// Whether read() would have to be called for the next line.
  [[nodiscard]] bool is_hungry() const noexcept { return !ended_; }

 private:
  int descriptor_;
  std::string buffer_;
  std::size_t first_ = 0;    ///< where the next line begins
  std::size_t scanned_ = 0;  ///< up to where no line end is
  std::size_t filled_ = 0;
  bool ended_ = false;
};

/// Everything out of a descriptor. Errors: sys (EMSGSIZE: more than `most`).
[[nodiscard]] nanolib::result<std::string> read_all(int descriptor, std::size_t most);

}  // namespace nanomq::tools
