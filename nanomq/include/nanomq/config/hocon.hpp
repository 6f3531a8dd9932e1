// Reads HOCON, the format of NanoMQ's and EMQX's configuration files, into a tree of values.
//
// Objects, dotted and quoted keys, merging, lists, comments, every kind of string, substitutions (${a.b}, ${?A}, += and
// references of a value to what it was before), includes. A file that is accepted means what it means to libcpp-hocon,
// which the tests compare with, with these differences, all towards refusing: an included file that is not there is an
// error, not an empty object, because it may be the one with the passwords; url() and classpath() are not read; a tree, a
// text and a chain of includes have limits. Which keys there are, and what a size or a duration is, is not its concern:
// numbers and booleans stay the text that was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"

namespace nanomq::config {

/// Where something was written. Lines and columns count from 1, columns in bytes.
struct hocon_place {
  std::uint32_t file = 0;  ///< an index into hocon_document::files
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct hocon_key {
  std::string name;
  hocon_place place;
};

/// Shape: a tree; the depth is bounded by the reader.
struct hocon_value {
  enum class kind : std::uint8_t { null, text, list, object };

  kind is = kind::object;
  bool quoted = false;  ///< a text that was in quotes: "true" is no boolean
  bool merged = false;  ///< an object that was written as several beside each other: {a = 1} {b = 2}
  hocon_place place;
  std::string text;
  std::vector<hocon_key> keys;     ///< of an object, in the order of the first mention
  std::vector<hocon_value> items;  ///< of a list; of an object, the value of each key

  /// The value of a key of an object; null when there is none.
  [[nodiscard]] const hocon_value* find(std::string_view key) const noexcept;
};

struct hocon_document {
  hocon_value root;                ///< an object
  std::vector<std::string> files;  ///< the file itself, then the included ones
  std::vector<bool> speaks;        ///< of each of them: whether a key or an include stands in it

  /// "nanomq.conf:12:5"
  [[nodiscard]] std::string place(const hocon_place& where) const;
};

/// What the reader may look at beside the text. Thread: as its user says.
class hocon_surroundings {
 public:
  hocon_surroundings() = default;
  hocon_surroundings(const hocon_surroundings&) = delete;
  hocon_surroundings& operator=(const hocon_surroundings&) = delete;
  virtual ~hocon_surroundings() = default;

  /// The text of an included file; `path` is as it is to be opened. `why` is what is wrong with it, without the path.
  [[nodiscard]] virtual nanolib::result<std::string> read(const std::string& path, std::string& why) = 0;
  /// The value of a variable of the environment.
  [[nodiscard]] virtual std::optional<std::string> variable(const std::string& name) = 0;
};

struct hocon_limits {
  std::size_t depth = 32;                      ///< of objects and lists in each other, dotted keys included
  std::size_t include_depth = 8;               ///< of files that include each other
  std::size_t keys = 16'384;                   ///< of one object
  std::size_t bytes = std::size_t{4} << 20U;   ///< of all files together, and of the text that substitutions make
  std::size_t values = std::size_t{1} << 20U;  ///< written, or made by substitutions
};

/// `path` names the text in messages; relative includes are looked for beside it.
/// Shape: linear in the text and in what substitutions make of it.
/// Errors: config; `why` is one line, "PATH:line:column: what is wrong".
[[nodiscard]] nanolib::result<hocon_document> read_hocon(std::string_view text, const std::string& path,
                                                         hocon_surroundings& surroundings, std::string& why,
                                                         const hocon_limits& limits = {});

/// For a text that stands alone: no includes, no environment.
[[nodiscard]] nanolib::result<hocon_document> read_hocon(std::string_view text, const std::string& path,
                                                         std::string& why);

}  // namespace nanomq::config
