// How `nanomq sub` shows a message: mosquitto_sub's -F, its other ways, and JSON.
#pragma once

#include <cstdint>
#include <ctime>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::tools {

/// What is shown of a message. Views.
struct shown_message {
  std::string_view topic;
  nanolib::bytes payload;
  nanonng::mqtt::quality_of_service qos{};
  bool retain = false;
  std::uint16_t packet_identifier = 0;
  nanolib::bytes properties;                               ///< in wire form
  std::optional<std::uint32_t> subscription_identifier{};  ///< the one that was asked for
};

/// A moment as people in this time zone read it.
struct local_time {
  std::tm parts{};
  std::time_t seconds = 0;
  long nanoseconds = 0;
};

/// Knows the present moment. Shape: the calendar is asked once a second. Thread: externally synchronised.
class local_clock {
 public:
  [[nodiscard]] const local_time& now() noexcept;

 private:
  local_time time_;
  bool known_ = false;
};

/// The two ways of a JSON object per message.
struct json_form {
  bool parsed_payload = false;  ///< the payload is JSON and stands in the object as it is; else it is a string
  bool indented = false;
  /// Whether a payload that is not text is written as "payload_base64", and user properties as a list that keeps their
  /// order. mosquitto's form has neither.
  bool exact = false;
};

/// Appends one object. False, with nothing appended, when the payload was to be JSON and isn't.
[[nodiscard]] bool append_json(std::string& out, const shown_message& message, const local_time& when,
                               const json_form& form);

/// A format string, taken apart once. Thread: immutable.
class message_format {
 public:
  /// Errors: what is wrong with the string, in mosquitto's words.
  [[nodiscard]] static std::expected<message_format, std::string> parse(std::string_view text);

  /// Appends the message; no line end. `complaint` is set to what can't be shown as it was asked for, and why.
  /// Shape: amortised no allocation, but for JSON.
  void append_to(std::string& out, const shown_message& message, const local_time& when, bool indented,
                 std::string& complaint) const;
  /// Whether the time is shown: reading the clock can be spared otherwise.
  [[nodiscard]] bool shows_time() const noexcept { return shows_time_; }

 private:
  /// A field: what, and in which width.
  struct field {
    char kind = 0;
    bool left = false;
    bool zero = false;
    int width = 0;
    int precision = -1;
    char separator = ' ';
  };
  enum class step_kind : std::uint8_t { text, field, time };
  struct step {
    step_kind kind = step_kind::text;
    std::string text{};  ///< of text
    field what{};        ///< of field; of time: only kind
  };
  class parser;
  class printer;

  std::vector<step> steps_;
  bool shows_time_ = false;
};

}  // namespace nanomq::tools
