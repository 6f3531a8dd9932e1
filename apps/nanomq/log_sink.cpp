#include "log_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/syslog_sink.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "event_text.hpp"

namespace nanomq::program {
namespace {

// Writes whole lines to a descriptor without ever waiting for who reads it. spdlog's own sinks would wait for a terminal or
// a pipe that nobody reads, and with them the event loop that logs.
class descriptor_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  descriptor_sink(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  ~descriptor_sink() override {
    if (owned_) ::close(descriptor_);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (dropped_ > 0) {
      const auto note = "log_lines_dropped count=" + std::to_string(dropped_) + "\n";
      if (!write_line(note)) {
        ++dropped_;
        return;
      }
      dropped_ = 0;
    }
    if (!write_line({line.data(), line.size()})) ++dropped_;
  }
  void flush_() override {}

  // A pipe that is ready takes a line of this length without waiting.
  bool write_line(std::string_view line) {
    static constexpr std::size_t longest = std::min<std::size_t>(PIPE_BUF, 4096);
    std::string text;
    if (torn_) text += '\n';
    text += line.substr(0, longest - 2);
    if (text.back() != '\n') text += '\n';
    pollfd ready{descriptor_, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written > 0) torn_ = static_cast<std::size_t>(written) != text.size();
    return written == static_cast<ssize_t>(text.size());
  }

  int descriptor_;
  bool owned_;
  bool torn_ = false;  // the last line was written in part: the disk is full
  std::uint64_t dropped_ = 0;
};

spdlog::level::level_enum spdlog_level(nanolib::log_level level) {
  return static_cast<spdlog::level::level_enum>(level);  // the same order: trace … off
}

class spdlog_log final : public nanolib::log {
 public:
  spdlog_log(nanolib::log_level level, spdlog::sink_ptr sink) : log(level), logger_("nanomq", std::move(sink)) {
    logger_.set_level(spdlog::level::trace);  // wants() has decided
    logger_.set_error_handler([](const std::string&) {});
  }

 private:
  void write(nanolib::log_level level, std::string_view name,
             std::initializer_list<nanolib::log_field> fields) noexcept override {
    try {
      logger_.log(spdlog_level(level), spdlog::string_view_t(event_text(name, fields)));
    } catch (...) {  // out of memory: the line is lost, the broker goes on
    }
  }

  spdlog::logger logger_;
};

}  // namespace

nanolib::result<std::unique_ptr<nanolib::log>> open_log(const log_options& options) {
  spdlog::sink_ptr sink;
  if (options.to_syslog) {
    sink = std::make_shared<spdlog::sinks::syslog_sink_mt>("nanomq", LOG_PID, LOG_DAEMON, false);
  } else if (options.file.empty()) {
    sink = std::make_shared<descriptor_sink>(STDERR_FILENO, false);
  } else {
    const int file = ::open(options.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
    if (file < 0) return std::unexpected(nanolib::last_system_error());
    sink = std::make_shared<descriptor_sink>(file, true);
  }
  sink->set_pattern(options.to_syslog ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  return std::make_unique<spdlog_log>(options.level, std::move(sink));
}

}  // namespace nanomq::program
