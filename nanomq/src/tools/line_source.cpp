#include "nanomq/tools/line_source.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nanomq::tools {
namespace {

constexpr std::size_t bite = 256U * 1024;

// Bytes read, 0 at the end.
nanolib::result<std::size_t> read_into(int descriptor, char* into, std::size_t room) noexcept {
  for (;;) {
    const auto read = ::read(descriptor, into, room);
    if (read >= 0) return static_cast<std::size_t>(read);
    if (errno != EINTR) return std::unexpected(nanolib::last_system_error());
  }
}

}  // namespace

nanolib::result<void> line_source::read() {
  if (filled_ - first_ > longest_line) return std::unexpected(nanolib::error{nanolib::error_domain::sys, EMSGSIZE});
  // What is left of a line moves to the front; it is short as a rule.
  std::memmove(buffer_.data(), buffer_.data() + first_, filled_ - first_);
  filled_ -= first_;
  scanned_ -= first_;
  first_ = 0;
  if (buffer_.size() < filled_ + bite) buffer_.resize(std::max(filled_ + bite, filled_ * 2));
  const auto got = read_into(descriptor_, buffer_.data() + filled_, buffer_.size() - filled_);
  if (!got) return std::unexpected(got.error());
  filled_ += *got;
  ended_ = *got == 0;
  return {};
}

bool line_source::next(std::string_view& line) noexcept {
  const std::string_view rest(buffer_.data(), filled_);
  const auto end = rest.find('\n', scanned_);
  if (end == std::string_view::npos) {
    scanned_ = filled_;
    if (!ended_ || first_ == filled_) return false;
    line = rest.substr(first_);
    first_ = filled_;
    return true;
  }
  line = rest.substr(first_, end - first_);
  first_ = scanned_ = end + 1;
  return true;
}

nanolib::result<std::string> read_all(int descriptor, std::size_t most) {
  std::string out;
  for (std::size_t filled = 0;;) {
    out.resize(std::max(filled + bite, filled * 2));
    const auto got = read_into(descriptor, out.data() + filled, out.size() - filled);
    if (!got) return std::unexpected(got.error());
    filled += *got;
    if (filled > most) return std::unexpected(nanolib::error{nanolib::error_domain::sys, EMSGSIZE});
    if (*got == 0) {
      out.resize(filled);
      return out;
    }
  }
}

}  // namespace nanomq::tools
