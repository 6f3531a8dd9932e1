// mosquitto.conf, turned into a configuration of ours. What mosquitto admits or keeps out stays so: where that cannot be
// said here, the conversion is refused, and what is merely missing is passed over with a warning. Bridges become comments.
// It writes nothing and opens nothing but through its caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"

namespace nanomq::config {

/// What the conversion may look at beside the text. Thread: as its user says.
class mosquitto_files {
 public:
  mosquitto_files() = default;
  mosquitto_files(const mosquitto_files&) = delete;
  mosquitto_files& operator=(const mosquitto_files&) = delete;
  virtual ~mosquitto_files() = default;

  /// The text of a file. `why` is what is wrong with it, without the path.
  [[nodiscard]] virtual nanolib::result<std::string> read(const std::string& path, std::string& why) = 0;
  /// The names, without the directory, of what is in it. `why` likewise.
  [[nodiscard]] virtual nanolib::result<std::vector<std::string>> list(const std::string& directory,
                                                                       std::string& why) = 0;
};

/// Something to tell about a line.
struct mosquitto_note {
  enum class weight : std::uint8_t { warning, error };

  weight is = weight::warning;
  std::string file;
  std::size_t line = 0;  ///< 0: the file as a whole
  std::string text;

  /// "mosquitto.conf:12: warning: …"
  [[nodiscard]] std::string shown() const;
};

struct mosquitto_conversion {
  std::string text;  ///< in HOCON, and our own reader takes it; empty when there is an error among the notes
  std::vector<mosquitto_note> notes;  ///< in the order of the lines of a file

  [[nodiscard]] bool succeeded() const noexcept;
};

/// `path` names the text in messages and comments. Paths in it are taken as mosquitto takes them: from the directory that
/// the program is started in. Passwords of bridges are left out of what is written.
/// Shape: linear in the text and in the files that it includes.
[[nodiscard]] mosquitto_conversion convert_mosquitto(std::string_view text, const std::string& path,
                                                     mosquitto_files& files);

/// Every option of mosquitto.conf and what becomes of it, as tables in Markdown: a part of docs/manual/from_mosquitto.md.
[[nodiscard]] std::string mosquitto_option_table();

}  // namespace nanomq::config
