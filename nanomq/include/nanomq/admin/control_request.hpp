// What is asked of a running broker: one JSON object on one line, {"command":"…", …}.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/json_object.hpp"

namespace nanomq::admin {

/// A request, read and checked. Thread: externally synchronised.
class control_request {
 public:
  /// Reads one line, without its end. The error is in words for a person.
  /// Shape: linear; what read_json_object() takes, with a "command" that is a text.
  [[nodiscard]] static std::expected<control_request, std::string> parse(std::string_view line);

  [[nodiscard]] std::string_view command() const noexcept { return command_; }
  /// The text of a parameter; none when it is missing or something else.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const noexcept;
  /// The number of a parameter; none when it is missing or something else.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const noexcept;
  /// Whether a parameter is `true`.
  [[nodiscard]] bool truth(std::string_view name) const noexcept;
  /// The texts of a parameter; none when it is missing or something else than a list of texts.
  [[nodiscard]] const std::vector<std::string>* texts(std::string_view name) const noexcept;
  /// Every parameter, without the command.
  [[nodiscard]] const std::vector<nanolib::json_member>& parameters() const noexcept { return parameters_; }

 private:
  control_request() = default;
  [[nodiscard]] const nanolib::json_member* find(std::string_view name, nanolib::json_member::kind is) const noexcept;

  std::string command_;
  std::vector<nanolib::json_member> parameters_;
};

}  // namespace nanomq::admin
