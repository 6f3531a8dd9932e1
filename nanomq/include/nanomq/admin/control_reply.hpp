// What a request is answered with: one JSON object on one line, {"ok":true,…} or {"ok":false,"error":"…","exit_status":1}.
#pragma once

#include <string>
#include <string_view>

#include "nanolib/base/json_writer.hpp"

namespace nanomq::admin {

/// An answer under construction. A handler writes members into members(), says lines for people with say(), or refuses.
/// Thread: externally synchronised.
class control_reply {
 public:
  control_reply();
  control_reply(const control_reply&) = delete;
  control_reply& operator=(const control_reply&) = delete;

  /// Inside the answer's object: `reply.members().number("clients", 3)`. Every object and array that is begun is ended.
  [[nodiscard]] nanolib::json_writer& members() noexcept { return json_; }
  /// A line for people: all of them become the member "text", which the command line shows.
  void say(std::string_view line);
  /// Several, each with its end.
  void say_lines(std::string_view lines) { text_.append(lines); }
  /// Nothing was done, and why, in one line. `exit_status` is what the command line ends with (1: it failed, 2: the request
  /// was wrong). What was written before is dropped.
  void refuse(std::string_view why, int exit_status = 1);

  [[nodiscard]] bool is_refused() const noexcept { return refused_; }
  /// The line, with its end. Nothing may be written afterwards.
  [[nodiscard]] std::string take_line();

 private:
  std::string out_;
  nanolib::json_writer json_;
  std::string text_;
  bool refused_ = false;
};

}  // namespace nanomq::admin
