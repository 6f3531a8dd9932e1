// The lines of mosquitto.conf and of what it includes, sorted by what they belong to: the broker, a listener, a bridge.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mosquitto_option.hpp"
#include "nanomq/config/mosquitto_convert.hpp"

namespace nanomq::config {

struct mosquitto_line {
  const mosquitto_option* option = nullptr;
  std::string name;
  std::string value;  ///< of a flag: true or false
  std::string file;
  std::size_t number = 0;
};

/// What stands below a `listener` or a `connection`, or before the first listener.
struct mosquitto_section {
  std::vector<mosquitto_line> lines;  ///< of a listener and a connection, that line is the first

  /// The last one of this name, which is the one that counts; null when there is none.
  [[nodiscard]] const mosquitto_line* find(std::string_view name) const noexcept;
  [[nodiscard]] bool is_true(std::string_view name) const noexcept;
};

struct mosquitto_document {
  mosquitto_section broker;            ///< every option of scope `whole`, and of scope `security` wherever it stands
  mosquitto_section default_listener;  ///< of scope `listener` and `security`, before the first listener
  std::vector<mosquitto_section> listeners;
  std::vector<mosquitto_section> bridges;
};

/// Shape: linear in the text. Notes with errors for lines that mosquitto refuses, too.
[[nodiscard]] mosquitto_document read_mosquitto(std::string_view text, const std::string& path, mosquitto_files& files,
                                                std::vector<mosquitto_note>& notes);

}  // namespace nanomq::config
