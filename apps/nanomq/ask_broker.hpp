// The verbs that ask a running broker over its control socket, and show what it answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exit_code.hpp"
#include "nanolib/base/result.hpp"

namespace nanomq::program {

/// Which broker is meant.
struct broker_address {
  std::string pid_file;  ///< empty: NANOMQ_PID_FILE, or the default one
  std::string control;   ///< its control socket; empty: the one that the pid file names
};

/// Sends `request` (a JSON object) and shows the answer: the whole object, or its lines for people. A refusal goes to stderr.
/// 3: it does not run; 1: it has no control socket, or may not be asked.
[[nodiscard]] exit_code ask_broker(const broker_address& which, const std::string& request, bool as_json);

/// The same for a socket that is known. None: nobody is there.
[[nodiscard]] std::optional<exit_code> ask_socket(const std::string& path, const std::string& request, bool as_json);

/// Says on stderr why there is no broker to talk to. `failure`: find_running()'s.
[[nodiscard]] exit_code explain_absence(const std::string& pid_file, const nanolib::error& failure);

/// {"command":…,…}, built member by member.
class request_text {
 public:
  explicit request_text(std::string_view command);
  request_text& text(std::string_view name, std::string_view value);
  request_text& number(std::string_view name, std::int64_t value);
  request_text& truth(std::string_view name, bool value);
  [[nodiscard]] std::string take();

 private:
  std::string out_;
};

}  // namespace nanomq::program
