// The characters of one file, with their places: white space, comments, strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hocon_tree.hpp"

namespace nanomq::config {

/// Reads from left to right. Every take_… that fails has said why in the complaint.
class hocon_scanner {
 public:
  hocon_scanner(std::string_view text, std::uint32_t file, hocon_complaint& complaint)
      : text_(text), file_(file), complaint_(complaint) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  /// The next character, or 0 at the end (the text has no 0 in it).
  [[nodiscard]] char next() const noexcept { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool sees(std::string_view what) const noexcept { return text_.substr(at_).starts_with(what); }
  [[nodiscard]] hocon_place here() const noexcept;
  void advance(std::size_t count = 1) noexcept;
  bool take(std::string_view what) noexcept;

  /// Blanks within a line; returns them.
  std::string_view skip_blanks() noexcept;
  /// White space, line ends and comments. True when a line end was among them.
  bool skip_lines() noexcept;
  [[nodiscard]] bool at_comment() const noexcept { return next() == '#' || sees("//"); }
  /// Whether the next character can stand outside quotes.
  [[nodiscard]] bool at_unquoted() const noexcept;
  /// Characters outside quotes, up to the first that cannot be or that is in `stop`.
  std::string_view take_unquoted(char stop = '\0') noexcept;
  /// A string in one or three double quotes, which is next.
  [[nodiscard]] bool take_string(std::string& into);

  /// Always false.
  bool refuse(std::string_view what) { return refuse(here(), what); }
  bool refuse(const hocon_place& where, std::string_view what);

 private:
  bool take_multi_line(std::string& into);
  bool take_escape(std::string& into);
  bool take_code_unit(std::uint32_t& into);

  std::string_view text_;
  std::uint32_t file_;
  hocon_complaint& complaint_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace nanomq::config
