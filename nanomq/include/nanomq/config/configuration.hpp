// A configuration put together from its sources: file, environment, command line, each overriding those before it.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/config/fault.hpp"
#include "nanomq/config/hocon.hpp"
#include "nanomq/config/option.hpp"
#include "nanomq/config/setting.hpp"

namespace nanomq::config {

struct written_objects;

/// The settings, and for each where its value is from. Thread: immutable once built.
class configuration {
 public:
  [[nodiscard]] const settings& values() const noexcept { return values_; }
  /// Where the value of this setting ("log.level") is from: "default", "FILE:12", "NANOMQ_LOG_LEVEL", "command line".
  [[nodiscard]] std::string_view origin(std::string_view key) const noexcept;

  /// A whole file in HOCON, with what it includes. At most 1 MiB each; a directory or a device is refused. What is wrong in
  /// it is left out, and the rest is read on: faults() has all of it.
  /// Errors: config or sys; `why` is the first fault, one line that begins with "PATH:line:column:" where that applies.
  [[nodiscard]] nanolib::result<void> read_file(const std::string& path, std::string& why);
  /// The same from memory. `path` is only for messages; nothing is included, and no variable is looked up.
  [[nodiscard]] nanolib::result<void> read_text(std::string_view text, const std::string& path, std::string& why);
  /// What read_file() and read_text() passed over, a line for each key of NanoMQ's that has no meaning here.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// What was wrong, in any source, in the order in which it was found. A hundred at most.
  [[nodiscard]] const std::vector<fault>& faults() const noexcept { return faults_; }
  /// One more, of a source that somebody else has read.
  void note(fault what);
  /// The files that read_file() has read, and those of them in which nothing stands but comments.
  [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }
  [[nodiscard]] const std::vector<std::string>& silent_files() const noexcept { return silent_files_; }
  /// The variables that concern the table, from a list as environ(7) has it. A variable with `__` in its name that is no
  /// option is refused; other unknown ones are left alone (unknown_variables() finds them), and so are empty ones.
  /// Errors: config, with the first fault in `why`; the rest is read on.
  [[nodiscard]] nanolib::result<void> read_environment(std::span<const char* const> variables, std::string& why);
  /// "key=value", as --set takes it. A list is written ["a","b"] or a,b.
  /// Errors: config, with `why`.
  [[nodiscard]] nanolib::result<void> assign(std::string_view assignment, std::string& why);
  /// One value from the command line.
  /// Errors: config, with `why`.
  [[nodiscard]] nanolib::result<void> set(std::string_view key, const written_value& written, std::string_view origin,
                                          std::string& why);

 private:
  void store_access(const hocon_document& from, const written_objects& objects, placed_faults& faults);
  void store_limits(const hocon_document& from, const written_objects& objects, placed_faults& faults);
  [[nodiscard]] nanolib::result<void> store_all(const hocon_document& from, std::string& why);
  /// Says the first of the faults from this number on. Errors: config, when there is one.
  [[nodiscard]] nanolib::result<void> since(std::size_t first, std::string& why) const;
  [[nodiscard]] nanolib::result<void> store(const setting& which, const written_value& written, std::string_view origin,
                                            std::string& why);

  settings values_;
  std::vector<std::string> warnings_;
  std::vector<fault> faults_;
  std::vector<std::string> files_;
  std::vector<std::string> silent_files_;
  std::map<std::string, std::string, std::less<>> origins_;  // by key; what is not there is the default
};

/// For each NANOMQ_ variable that is neither a setting nor among `others` a line that says so, ready to be shown.
/// Shape: variables × options.
[[nodiscard]] std::vector<std::string> unknown_variables(std::span<const char* const> variables,
                                                         std::span<const std::string_view> others);

}  // namespace nanomq::config
