// Asks a running broker over its control socket, as the verbs of the command line do.
#pragma once

#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::admin {

/// An answer as it came, and what a program needs of it.
struct control_answer {
  bool ok = false;
  std::string line;     ///< the whole object, without the line's end
  std::string text;     ///< its lines for people, each with its end
  std::string error;    ///< why not
  int exit_status = 0;  ///< what the program ends with
};

/// One request and its answer. `request` is a JSON object without line ends. The other side is only talked to when it is
/// root's or the same user's. Blocks for at most `patience`. Thread: any.
/// Errors: sys; ENOENT and ECONNREFUSED: nobody is there, EACCES: not allowed, EPERM: another user listens there,
/// ETIMEDOUT, EPROTO: the answer is none, ENAMETOOLONG.
[[nodiscard]] nanolib::result<control_answer> ask_control(const std::string& path, std::string_view request,
                                                          nanolib::duration patience = nanolib::duration(30'000));

}  // namespace nanomq::admin
