// JSON, written as it comes.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace nanomq::tools {

/// Commas and quotes are set here; that brackets match is the caller's business. Thread: externally synchronised.
class json_writer {
 public:
  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }
  /// The name of the next value of an object.
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view{text}); }
  json_writer& value(std::same_as<bool> auto truth) { return raw(truth ? "true" : "false"); }
  json_writer& value(std::integral auto number)
    requires(!std::same_as<decltype(number), bool>)
  {
    return raw(std::to_string(number));
  }
  /// With three places; what is no number is null.
  json_writer& value(double number);
  json_writer& null() { return raw("null"); }

  template <class Value>
  json_writer& member(std::string_view name, const Value& of) {
    return key(name).value(of);
  }

  [[nodiscard]] const std::string& text() const noexcept { return out_; }

 private:
  json_writer& open(char bracket);
  json_writer& close(char bracket);
  json_writer& raw(std::string_view token);
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

/// A JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace nanomq::tools
