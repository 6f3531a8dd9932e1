// What `nanomq broker check` has found, for people and as JSON.
#pragma once

#include <string>
#include <vector>

namespace nanomq::program {

struct checked_listener {
  std::string id;
  std::string url;
  bool secure = false;
  std::string admits;  ///< who may enter there
};

struct check_report {
  std::vector<checked_listener> listeners;
  std::string rights;  ///< what those who have entered may do
  std::string keeps;   ///< what survives a restart, and where; empty: nothing does
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Lines with their ends, the errors and warnings last.
[[nodiscard]] std::string check_text(const check_report& what);
/// One object on one line, with its end. `ok`: whether a broker could start with it.
[[nodiscard]] std::string check_json(const check_report& what);

}  // namespace nanomq::program
