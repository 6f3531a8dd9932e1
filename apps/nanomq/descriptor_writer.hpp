// Writes lines to a descriptor, one after the other, and never waits. A line that went out in part, because the disk was full or
// the socket, is finished before another begins: no reader finds half a line, or two in one.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "log_output.hpp"

namespace nanomq::program {

/// Thread: externally synchronised.
class descriptor_writer {
 public:
  explicit descriptor_writer(bool is_socket = false) noexcept : is_socket_(is_socket) {}

  /// The line without its end. False, and why in errno: nothing of it has gone out. Else all has, or finish() has to write the
  /// rest. `size` grows by what was written.
  [[nodiscard]] bool write(int descriptor, std::string_view line, std::uint64_t& size) {
    if (!finish(descriptor, size)) return false;
    text_ = line.substr(0, longest_log_line - 2);
    text_ += '\n';
    push(descriptor, size);
    const bool has_begun = text_.empty() || done_ > 0;
    if (!has_begun) text_.clear();
    return has_begun;
  }
  /// What is missing of the last line. False, and why in errno: something still is.
  [[nodiscard]] bool finish(int descriptor, std::uint64_t& size) noexcept {
    if (!text_.empty()) push(descriptor, size);
    return text_.empty();
  }
  /// From here on it goes somewhere else, where `mid_line`: after half a line that nobody finishes. An unfinished one of ours is
  /// written there from its beginning.
  void move(bool mid_line) {
    if (text_.starts_with('\n')) text_.erase(0, 1);
    if (mid_line) text_.insert(0, 1, '\n');
    done_ = 0;
  }

 private:
  void push(int descriptor, std::uint64_t& size) noexcept {
    // A pipe that is ready takes a line of this length without waiting.
    pollfd ready{descriptor, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
      errno = (ready.revents & (POLLERR | POLLHUP)) != 0 ? EPIPE : EAGAIN;
      return;
    }
    const auto rest = std::string_view(text_).substr(done_);
    const auto written = is_socket_ ? ::send(descriptor, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : ::write(descriptor, rest.data(), rest.size());
    if (written <= 0) return;
    size += static_cast<std::uint64_t>(written);
    done_ += static_cast<std::size_t>(written);
    if (done_ < text_.size()) return;
    text_.clear();
    done_ = 0;
  }

  std::string text_;      ///< the line that is under way; empty: none is
  std::size_t done_ = 0;  ///< of it
  bool is_socket_;
};

}  // namespace nanomq::program
