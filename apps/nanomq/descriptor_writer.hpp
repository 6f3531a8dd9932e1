// Writes whole lines to a descriptor, or nothing, and never waits.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "log_output.hpp"

namespace nanomq::program {

/// Thread: externally synchronised.
class descriptor_writer {
 public:
  /// The line without its end. Whether all of it has gone out; `size` is how many bytes have, errno says why not more.
  [[nodiscard]] bool write(int descriptor, std::string_view line, bool is_socket, std::size_t& size) {
    size = 0;
    text_.clear();
    if (torn_) text_ += '\n';
    text_ += line.substr(0, longest_log_line - 2);
    text_ += '\n';
    // A pipe that is ready takes a line of this length without waiting.
    pollfd ready{descriptor, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
      errno = (ready.revents & (POLLERR | POLLHUP)) != 0 ? EPIPE : EAGAIN;
      return false;
    }
    const auto written = is_socket ? ::send(descriptor, text_.data(), text_.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                   : ::write(descriptor, text_.data(), text_.size());
    if (written <= 0) return false;
    size = static_cast<std::size_t>(written);
    torn_ = size != text_.size();
    return !torn_;
  }
  /// What comes next begins somewhere else.
  void forget() noexcept { torn_ = false; }

 private:
  std::string text_;
  bool torn_ = false;  ///< the last line was written in part: the disk is full, or the socket
};

}  // namespace nanomq::program
