#include "log_option.hpp"

#include <algorithm>
#include <array>

#include "option_row.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::log_component;
using nanolib::log_level;
using nanolib::result;
using enum value_type;
using namespace row;

constexpr std::string_view level_words = "trace|debug|info|warn|error|fatal|off";
constexpr std::string_view own_level_words = "default|trace|debug|info|warn|error|fatal|off";
constexpr std::string_view syslog_words = "local|rfc5424";
constexpr std::string_view format_words = "text|json";
constexpr std::string_view no_own_level = "default";
constexpr std::array<std::string_view, 4> place_words{"console", "file", "syslog", "uds"};

log_level level_named(const value& what) { return *nanolib::find_log_level(std::get<std::string>(what)); }

template <log_component Which>
constexpr option own_level(std::string_view key, std::string_view help) {
  constexpr auto place = static_cast<std::size_t>(Which);
  option row = special(
      key, text, help,
      [](const settings& from) {
        const auto& own = from.log.levels.own[place];
        return value(std::string(own ? nanolib::name_of(*own) : no_own_level));
      },
      [](settings& into, const value& what, std::string&) -> result<void> {
        auto& own = into.log.levels.own[place];
        own.reset();
        if (std::get<std::string>(what) != no_own_level) own = level_named(what);
        return {};
      });
  row.range = {.choices = own_level_words};
  return row;
}

template <auto Member>
constexpr option log_path(std::string_view key, std::string_view environment, std::string_view help) {
  return named(row::path(key, help, [](auto& all) -> auto& { return all.log.*Member; }), {}, environment);
}

template <auto Member>
constexpr option log_number(std::string_view key, std::string_view environment, value_type type, value_range range,
                            std::string_view help) {
  return named(of(key, type, range, help, [](auto& all) -> auto& { return all.log.*Member; }), {}, environment);
}

value get_places(const settings& from) {
  std::vector<std::string> names;
  for (const auto one : from.log.to) names.emplace_back(place_words[static_cast<std::size_t>(one)]);
  return names;
}

result<void> set_places(settings& into, const value& what, std::string& why) {
  std::vector<log_place> all;
  for (const auto& word : std::get<std::vector<std::string>>(what)) {
    const auto found = std::ranges::find(place_words, word);
    if (found == place_words.end()) {
      why = "console, file, syslog or uds, not \"" + word + "\"";
      return std::unexpected(error{error_domain::config, 0});
    }
    const auto place = static_cast<log_place>(found - place_words.begin());
    if (std::ranges::find(all, place) == all.end()) all.push_back(place);
  }
  into.log.to = std::move(all);
  return {};
}

constexpr std::array table{
    named(choice<level_words>("log.level", "The least important events that are logged.",
                              [](auto& all) -> auto& { return all.log.levels.general; }),
          {}, "NANOMQ_LOG_LEVEL"),
    own_level<log_component::broker>(
        "log.levels.broker",
        "The same for one part of the broker; default: as log.level. Here: clients, sessions, limits."),
    own_level<log_component::net>("log.levels.net", "Connections below MQTT, but for TLS."),
    own_level<log_component::tls>("log.levels.tls", "TLS."),
    own_level<log_component::access>("log.levels.access", "Who may enter, and do what."),
    own_level<log_component::store>("log.levels.store", "The store."),
    own_level<log_component::bridge>("log.levels.bridge", "Bridges and SP endpoints."),
    own_level<log_component::http>("log.levels.http", "HTTP, asked or answered."),
    own_level<log_component::config>("log.levels.config", "The configuration, and its reload."),
    own_level<log_component::program>("log.levels.program", "Begin and end, listeners, the log itself."),
    named(special("log.to", list,
                  "Where events go: any of console (stderr), file, syslog, uds. Empty: nowhere. With --daemon console "
                  "means syslog.",
                  get_places, set_places),
          {}, "NANOMQ_LOG_TO"),
    log_path<&log_settings::directory>("log.dir", "NANOMQ_LOG_DIR",
                                       "The directory of the log file. Empty: the one that the broker is started in."),
    log_path<&log_settings::file>("log.file", "NANOMQ_LOG_FILE",
                                  "The log file, in log.dir unless it begins with /. Used when log.to has file."),
    log_number<&log_settings::rotation_size>("log.rotation.size", "NANOMQ_LOG_ROTATION_SIZE", size,
                                             {.least = 4096, .most = std::uint64_t{1} << 50U, .or_zero = true},
                                             "From this size on the file becomes FILE.1, FILE.1 becomes FILE.2, and so "
                                             "on. 0: never; a reload opens the file anew, for logrotate."),
    log_number<&log_settings::rotation_count>("log.rotation.count", "NANOMQ_LOG_ROTATION_COUNT", count, {1, 1'000},
                                              "How many such old files are kept."),
    log_path<&log_settings::socket>("log.uds_addr", "NANOMQ_LOG_UDS_ADDR",
                                    "The Unix socket that a log.to with uds sends lines to, stream or datagram; ipc:// "
                                    "or unix:// may stand before it."),
    log_path<&log_settings::syslog_socket>("log.syslog_addr", {}, "The socket of syslog."),
    choice<syslog_words>("log.syslog_format",
                         "How syslog is spoken to: local, as the C library does on /dev/log, or rfc5424.",
                         [](auto& all) -> auto& { return all.log.syslog; }),
    choice<format_words>("log.format", "What a line is: text for people, or a JSON object.",
                         [](auto& all) -> auto& { return all.log.format; }),
    log_number<&log_settings::rate>(
        "log.rate.count", {}, count, {0, 1'000'000},
        "Events with the same name about the same address (or client, where no address is known) that are logged in an "
        "interval; of more only the number is logged. 0: all of them are."),
    log_number<&log_settings::rate_interval>("log.rate.interval", {}, duration, {100, 3'600'000}, "That interval."),
};

}  // namespace

std::span<const option> log_options() noexcept { return table; }

}  // namespace nanomq::config
