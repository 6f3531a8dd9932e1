// The configuration that a conversion writes: keys with their values, and above each the lines that it is from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mosquitto_reader.hpp"

namespace nanomq::config {

/// A text as HOCON has it, in quotes.
[[nodiscard]] std::string quoted(std::string_view text);

/// "mosquitto.conf:3: port 1883"; the values of secrets are left out.
[[nodiscard]] std::string shown_line(const mosquitto_line& line);

/// Thread: externally synchronised. Lines outlive it, and so do the notes.
class mosquitto_writer {
 public:
  explicit mosquitto_writer(std::vector<mosquitto_note>& notes) : notes_(&notes) {}

  /// `written` as in HOCON. Our own reader is asked whether it takes it; what it says is a note about the first of these lines.
  void set(const std::string& key, const std::string& written, std::vector<const mosquitto_line*> from);
  void warn(const mosquitto_line& line, std::string text);
  void refuse(const mosquitto_line& line, std::string text);
  /// A warning; the line becomes a comment at the end.
  void pass_over(const mosquitto_line& line, std::string_view why);
  /// A line that becomes a comment, with others of its kind.
  void keep(const mosquitto_line& line) { kept_.push_back(&line); }

  /// All of it. `path` is what was converted.
  [[nodiscard]] std::string text(const std::string& path) const;

 private:
  std::vector<mosquitto_note>* notes_;
  std::string body_;
  std::vector<const mosquitto_line*> left_out_;
  std::vector<const mosquitto_line*> kept_;
};

}  // namespace nanomq::config
