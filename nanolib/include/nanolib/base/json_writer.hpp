// Writes JSON, piece by piece, into a string; and lets JSON that somebody else wrote through, checked.
//
// The house writes little JSON and reads less of it: this is all that the broker and the light tools need, without a library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nanolib {

/// Appends `text` between quotes, escaped. What is not UTF-8 becomes U+FFFD, so that the outcome is JSON whatever goes in.
/// Shape: one pass; runs that need no escape are copied whole. Spec: RFC 8259 §7.
void append_json_string(std::string& out, std::string_view text);

/// Commas, colons and line breaks are its business, the right order of calls is the caller's: a key before each value in an
/// object, and an end for each begin. Thread: externally synchronised.
class json_writer {
 public:
  enum class layout : std::uint8_t {
    compact,
    indented,  ///< as cJSON_Print() lays it out: one member a line behind tabs, arrays on one line
  };

  /// Appends to `out`, which outlives the writer.
  explicit json_writer(std::string& out, layout how = layout::compact) noexcept
      : out_(&out), indented_(how == layout::indented) {}

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();

  void key(std::string_view name);
  void text(std::string_view value);
  void number(std::int64_t value);
  void truth(bool value);
  void null();
  /// A value (or, as `raw_key`, a name) that is JSON already.
  void raw(std::string_view json);
  void raw_key(std::string_view json);

  // Members of an object.
  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void number(std::string_view name, std::int64_t value) { key(name), number(value); }
  void truth(std::string_view name, bool value) { key(name), truth(value); }

 private:
  void before_key();
  void before_value();
  void indent(std::size_t depth);

  std::string* out_;
  bool indented_;
  bool after_key_ = false;
  struct level {
    bool array;
    bool empty;
  };
  std::vector<level> open_;
};

/// Checks that `text` is one JSON value and writes it, with strings and numbers exactly as they stand and without the blanks
/// between them. False when it is not JSON (or deeper than `maximum_depth`, or not UTF-8): what has been written until
/// then stays. Shape: one pass, no recursion. Spec: RFC 8259.
[[nodiscard]] bool copy_json(json_writer& into, std::string_view text, std::uint32_t maximum_depth = 1'000);

}  // namespace nanolib
