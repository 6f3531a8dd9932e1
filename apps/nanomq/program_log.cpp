#include "program_log.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <array>

#include "log_output.hpp"
#include "nanolib/base/event_text.hpp"

namespace nanomq::program {

using config::log_format;
using config::log_place;
using nanolib::log_component;
using nanolib::log_event;
using nanolib::log_field;
using nanolib::log_level;

namespace {

spdlog::level::level_enum spdlog_level(log_level level) {
  return static_cast<spdlog::level::level_enum>(level);  // the same order: trace … off
}

spdlog::string_view_t view(std::string_view text) { return {text.data(), text.size()}; }

// The levels by the names that the configuration has for them.
class level_name final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& into) override {
    const auto name = nanolib::name_of(static_cast<log_level>(message.level));
    into.append(name.data(), name.data() + name.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<level_name>(); }
};

// An object of JSON says everything itself, and syslog has a time and a level of its own.
std::unique_ptr<spdlog::formatter> formatter_of(log_place place, log_format format) {
  const bool is_bare = format == log_format::json;
  auto made = std::make_unique<spdlog::pattern_formatter>("", spdlog::pattern_time_type::local, "");
  made->add_flag<level_name>('*');
  made->set_pattern(is_bare ? "%v" : place == log_place::syslog ? "%n %v" : "%Y-%m-%dT%H:%M:%S.%e%z %* %n %v");
  return made;
}

std::string payload_of(const log_event& what, spdlog::log_clock::time_point when, log_format format) {
  if (format == log_format::text) return nanolib::event_text(what.name, what.fields);
  return nanolib::event_json(what, std::chrono::floor<nanolib::duration>(when));
}

}  // namespace

// The log holds its mutex.
class line_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  line_sink(log_place place, log_format format, std::unique_ptr<log_output> to)
      : base_sink(formatter_of(place, format)), place_(place), format_(format), to_(std::move(to)) {}

  [[nodiscard]] log_place place() const noexcept { return place_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  // What it cannot finish now remains half a line.
  void succeed(line_sink& before) noexcept {
    dropped_ = before.dropped_;
    untold_ = before.untold_;
    if (!before.to_->finish()) count_dropped();
  }
  // What was missing is written once there is room for it, not with the next event only, which may be long in coming.
  void keep_house(spdlog::log_clock::time_point when) {
    if (to_->finish() && untold_ > 0 && tell_dropped(when)) untold_ = 0;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (untold_ > 0 && tell_dropped(message.time)) untold_ = 0;
    if (untold_ == 0 && put(message)) return;
    count_dropped();
  }
  void flush_() override {}

  void count_dropped() noexcept {
    ++untold_;
    ++dropped_;
  }
  [[nodiscard]] bool put(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    return to_->put(static_cast<log_level>(message.level), {line.data(), line.size()});
  }

  [[nodiscard]] bool tell_dropped(spdlog::log_clock::time_point when) {
    const std::array fields{log_field{"count", untold_}};
    const log_event what{log_component::program, log_level::warn, "log_lines_dropped", fields};
    const auto payload = payload_of(what, when, format_);
    return put({when, {}, view(nanolib::name_of(what.from)), spdlog_level(what.level), view(payload)});
  }

  log_place place_;
  log_format format_;
  std::unique_ptr<log_output> to_;
  std::uint64_t dropped_ = 0;
  std::uint64_t untold_ = 0;
};

namespace {

nanolib::result<std::unique_ptr<log_output>> open_output(log_place place, const config::log_settings& settings,
                                                         std::string& why) {
  switch (place) {
    case log_place::console:
      return console_output();
    case log_place::file: {
      auto opened = open_file_output({settings.path(), settings.rotation_size, settings.rotation_count});
      if (!opened) {
        why = "cannot open the log file " + settings.path() + ": " + std::string(nanolib::describe(opened.error()));
      }
      return opened;
    }
    case log_place::syslog: {
      auto made = make_syslog_output(settings.syslog_socket, settings.syslog);
      if (!made) why = "log.syslog_addr: no name for a socket: it is empty or too long";
      return made;
    }
    case log_place::uds:
      break;
  }
  auto made = make_socket_output(settings.socket);
  if (!made) {
    why = settings.socket.empty() ? "log.to has uds, but log.uds_addr does not say which socket"
                                  : "log.uds_addr: no name for a socket: it is too long";
  }
  return made;
}

}  // namespace

nanolib::result<log_outputs> program_log::prepare(const config::log_settings& settings, std::string& why) {
  log_outputs out{{}, settings.format, settings.rate, settings.rate_interval};
  for (const auto place : settings.to) {
    auto opened = open_output(place, settings, why);
    if (!opened) return std::unexpected(opened.error());
    out.sinks.push_back(std::make_shared<line_sink>(place, settings.format, std::move(*opened)));
  }
  return out;
}

void program_log::use(log_outputs outputs) {
  const nanolib::mutex_lock lock(mutex_);
  for (const auto& one : outputs.sinks) {
    const auto before = std::ranges::find(to_.sinks, one->place(), &line_sink::place);
    if (before != to_.sinks.end()) one->succeed(**before);
  }
  limiter_.configure(outputs.rate, outputs.rate_interval);
  to_ = std::move(outputs);
}

void program_log::write(const log_event& what) noexcept {
  try {
    const nanolib::mutex_lock lock(mutex_);
    const bool is_written = limiter_.admit(what, nanolib::system_clock().now(), ended_);
    emit_suppressed();
    if (is_written) emit(what);
  } catch (...) {  // out of memory: the line is lost, the broker goes on
  }
}

void program_log::keep_house() noexcept {
  try {
    const nanolib::mutex_lock lock(mutex_);
    limiter_.collect(nanolib::system_clock().now(), ended_);
    emit_suppressed();
    const auto now = spdlog::log_clock::now();
    for (const auto& one : to_.sinks) one->keep_house(now);
  } catch (...) {  // as above
  }
}

void program_log::emit_suppressed() {
  for (const auto& one : ended_) {
    const std::array fields{log_field{"of", one.name}, log_field{one.kind, one.source}, log_field{"count", one.count}};
    emit({one.from, one.level, "suppressed", fields});
  }
  ended_.clear();
}

void program_log::emit(const log_event& what) {
  const auto now = spdlog::log_clock::now();
  const auto payload = payload_of(what, now, to_.format);
  const spdlog::details::log_msg message(now, {}, view(nanolib::name_of(what.from)), spdlog_level(what.level),
                                         view(payload));
  for (const auto& one : to_.sinks) one->log(message);
}

std::vector<std::pair<log_place, std::uint64_t>> program_log::dropped() const {
  const nanolib::mutex_lock lock(mutex_);
  std::vector<std::pair<log_place, std::uint64_t>> all;
  for (const auto& one : to_.sinks) all.emplace_back(one->place(), one->dropped());
  return all;
}

nanolib::result<std::unique_ptr<program_log>> open_log(const config::log_settings& settings, std::string& why) {
  auto outputs = program_log::prepare(settings, why);
  if (!outputs) return std::unexpected(outputs.error());
  auto made = std::make_unique<program_log>(settings.levels);
  made->use(std::move(*outputs));
  return made;
}

}  // namespace nanomq::program
