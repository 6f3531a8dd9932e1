// The log to a Unix socket, and to syslog.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <utility>

#include "descriptor_writer.hpp"
#include "log_output.hpp"
#include "nanolib/base/event_text.hpp"
#include "unix_address.hpp"

namespace nanomq::program {
namespace {

using nanolib::log_level;

// One connection to a Unix socket. Whoever listens there may come, go and come again.
class unix_line {
 public:
  explicit unix_line(const unix_address& to) noexcept : to_(to) {}
  unix_line(const unix_line&) = delete;
  unix_line& operator=(const unix_line&) = delete;
  ~unix_line() { close(); }

  [[nodiscard]] bool put(std::string_view line) {
    // The second time for a listener that has come back since the last line.
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (descriptor_ < 0 && !connect()) return false;
      switch (send(line)) {
        case outcome::done:
          return true;
        case outcome::full:
          return false;
        case outcome::gone:
          close();
      }
    }
    return false;
  }
  // Without listeners there is nothing to be finished: whoever comes gets the line from its beginning.
  [[nodiscard]] bool finish() noexcept {
    std::uint64_t size = 0;
    return descriptor_ < 0 || writer_.finish(descriptor_, size);
  }

 private:
  enum class outcome : std::uint8_t { done, full, gone };

  outcome send(std::string_view line) {
    bool is_sent = false;
    if (is_stream_) {
      std::uint64_t size = 0;
      is_sent = writer_.write(descriptor_, line, size);
    } else {
      const auto text = line.substr(0, longest_log_line);
      is_sent = ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
                static_cast<ssize_t>(text.size());
    }
    if (is_sent) return outcome::done;
    const bool waits = errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM;
    return waits ? outcome::full : outcome::gone;
  }

  [[nodiscard]] bool connect() {
    if (connect_as(SOCK_DGRAM)) return true;
    return errno == EPROTOTYPE && connect_as(SOCK_STREAM);
  }
  [[nodiscard]] bool connect_as(int type) {
    descriptor_ = ::socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return false;
    if (::connect(descriptor_, to_.get(), to_.size) != 0) {
      const int why = errno;
      close();
      errno = why;
      return false;
    }
    is_stream_ = type == SOCK_STREAM;
    writer_.move(false);
    return true;
  }
  void close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  unix_address to_;
  int descriptor_ = -1;
  bool is_stream_ = false;
  descriptor_writer writer_{true};
};

class socket_output final : public log_output {
 public:
  explicit socket_output(const unix_address& to) noexcept : line_(to) {}
  bool put(log_level, std::string_view line) noexcept override {
    try {
      return line_.put(line);
    } catch (...) {
      return false;
    }
  }
  bool finish() noexcept override { return line_.finish(); }

 private:
  unix_line line_;
};

int priority_of(log_level level) noexcept {
  constexpr int daemon_facility = 3;
  return daemon_facility * 8 + severity_of(level);
}

class syslog_output final : public log_output {
 public:
  syslog_output(const unix_address& to, config::syslog_format format) : line_(to), format_(format) {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0) host_ = name.data();
    if (host_.empty()) host_ = "-";
  }

  bool put(log_level level, std::string_view line) noexcept override {
    try {
      std::string text = "<" + std::to_string(priority_of(level)) + ">";
      text += format_ == config::syslog_format::local ? local_head() : rfc5424_head(line);
      text += line;
      return line_.put(text);
    } catch (...) {
      return false;
    }
  }
  bool finish() noexcept override { return line_.finish(); }

 private:
  // As syslog(3) does: no host, and the time of this place.
  [[nodiscard]] static std::string local_head() {
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::localtime_r(&now, &parts);
    std::array<char, 32> rest{};
    (void)std::strftime(rest.data(), rest.size(), " %e %H:%M:%S ", &parts);
    return months[static_cast<std::size_t>(parts.tm_mon)] + std::string(rest.data()) + "nanomq[" +
           std::to_string(::getpid()) + "]: ";
  }

  // The message id is the event's name; structured data there is none, the fields stand in the text.
  [[nodiscard]] std::string rfc5424_head(std::string_view line) const {
    std::string out = "1 ";
    nanolib::append_iso_time(out, nanolib::system_clock().wall_now());
    out += " " + host_ + " nanomq " + std::to_string(::getpid()) + " ";
    const auto begin = line.starts_with('{') ? line.npos : line.find(' ');
    if (begin == line.npos) {
      out += '-';
    } else {
      const auto rest = line.substr(begin + 1);
      out += rest.substr(0, rest.find(' ')).substr(0, 32);
    }
    return out + " - ";
  }

  unix_line line_;
  config::syslog_format format_;
  std::string host_;
};

nanolib::result<unix_address> address_of(std::string_view name) {
  for (const std::string_view scheme : {"ipc://", "unix://"}) {
    if (name.starts_with(scheme)) name.remove_prefix(scheme.size());
  }
  const auto found = unix_address_of(name);
  if (!found) return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  return *found;
}

}  // namespace

nanolib::result<std::unique_ptr<log_output>> make_socket_output(const std::string& name) {
  const auto to = address_of(name);
  if (!to) return std::unexpected(to.error());
  return std::make_unique<socket_output>(*to);
}

nanolib::result<std::unique_ptr<log_output>> make_syslog_output(const std::string& name, config::syslog_format format) {
  const auto to = address_of(name);
  if (!to) return std::unexpected(to.error());
  return std::make_unique<syslog_output>(*to, format);
}

}  // namespace nanomq::program
