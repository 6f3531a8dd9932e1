#include "nanomq/admin/control_reply.hpp"

#include <utility>

namespace nanomq::admin {

control_reply::control_reply() : json_(out_) {
  json_.begin_object();
  json_.truth("ok", true);
}

void control_reply::say(std::string_view line) { text_.append(line).append("\n"); }

void control_reply::refuse(std::string_view why, int exit_status) {
  refused_ = true;
  out_.clear();
  json_ = nanolib::json_writer(out_);
  json_.begin_object();
  json_.truth("ok", false);
  json_.text("error", why);
  json_.number("exit_status", exit_status);
}

std::string control_reply::take_line() {
  if (!refused_ && !text_.empty()) json_.text("text", text_);
  json_.end_object();
  out_ += '\n';
  return std::move(out_);
}

}  // namespace nanomq::admin
