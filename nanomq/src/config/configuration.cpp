#include "nanomq/config/configuration.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "nanomq/config/file_reader.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;

constexpr std::size_t largest_file = 1024U * 1024;

std::unexpected<error> refuse() { return std::unexpected(error{error_domain::config, 0}); }

std::unexpected<error> refuse_file(const std::string& path, std::string_view text, std::string& why) {
  why = path + ": " + std::string(text);
  return refuse();
}

// A key as it is shown in a message: somebody else may have written the file or the environment.
std::string shown(std::string_view key) {
  constexpr std::size_t longest = 64;
  std::string out;
  for (const char c : key.substr(0, longest)) out += c > 0x20 && c < 0x7f ? c : '?';
  return key.size() > longest ? out + "..." : out;
}

// What some know from NanoMQ and miss here; empty: nothing of that kind.
std::string_view missing_feature(std::string_view name) {
  struct family {
    std::string_view prefix;
    std::string_view text;
  };
  static constexpr std::string_view tls = "there is no TLS here yet";
  static constexpr std::string_view websocket = "there is no WebSocket here yet";
  static constexpr std::string_view http = "there is no HTTP server here yet";
  static constexpr std::array families{family{"listeners.ssl", tls},
                                       family{"listeners.ws", websocket},
                                       family{"http_server", http},
                                       family{"sqlite.flush_mem_threshold",
                                              "leave it out, changes are written within milliseconds"},
                                       family{"sqlite.resend_interval",
                                              "leave it out, what waits is sent as soon as its client can take it"},
                                       family{"NANOMQ_TLS_", tls},
                                       family{"NANOMQ_WEBSOCKET_", websocket},
                                       family{"NANOMQ_LISTENERS__SSL__", tls},
                                       family{"NANOMQ_LISTENERS__WS", websocket},
                                       family{"NANOMQ_HTTP_SERVER_", http}};
  const auto found = std::ranges::find_if(families, [&](const family& one) { return name.starts_with(one.prefix); });
  return found == families.end() ? std::string_view() : found->text;
}

bool sets(std::string_view name, const option& row) { return name == row.environment || name == environment_name(row); }

std::string unknown_key(std::string_view key) {
  auto text = "unknown setting '" + shown(key) + "'";
  if (const auto missing = missing_feature(key); !missing.empty()) return text + ": " + std::string(missing);
  if (const auto nearest = nearest_key(key); !nearest.empty()) text += "; did you mean " + std::string(nearest) + "?";
  return text;
}

// The text of an environment variable or of --set in the form that a file would give.
result<written_value> written_from(const option& which, std::string_view text, std::string& why) {
  if (which.type != value_type::list) return written_value{false, {std::string(text)}};
  if (text.starts_with('[')) return read_list(text, why);
  if (text.empty()) return written_value{true, {""}};
  written_value out{true, {}};
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    out.items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

result<std::string> contents(const std::string& path, std::string& why) {
  // Not blocking: a FIFO without a writer is refused below instead of waited for.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    const auto failure = nanolib::last_system_error();
    why = path + ": " + std::string(nanolib::describe(failure));
    return std::unexpected(failure);
  }
  struct stat about{};
  std::string text;
  bool ok = ::fstat(file, &about) == 0 && S_ISREG(about.st_mode);
  if (!ok) why = path + ": not a regular file";
  char buffer[4096];
  while (ok && text.size() <= largest_file) {
    const auto got = ::read(file, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) break;
    if (got < 0) {
      why = path + ": " + std::string(nanolib::describe(nanolib::last_system_error()));
      ok = false;
    } else {
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }
  ::close(file);
  if (ok && text.size() > largest_file) return refuse_file(path, "larger than 1 MiB", why);
  if (!ok) return refuse();
  return text;
}

}  // namespace

configuration::configuration() : origins_(options().size()) {}

std::string_view configuration::origin(const option& which) const noexcept {
  const auto& from = origins_[static_cast<std::size_t>(&which - options().data())];
  return from.empty() ? "default" : std::string_view(from);
}

result<void> configuration::store(const option& which, const written_value& written, std::string_view origin,
                                  std::string& why) {
  const auto parsed = parse_value(which.type, which.range, written, why);
  if (!parsed || !which.set(values_, *parsed, why)) {
    why.insert(0, std::string(which.key) + ": ");
    return refuse();
  }
  origins_[static_cast<std::size_t>(&which - options().data())] = origin;
  return {};
}

result<void> configuration::set(std::string_view key, const written_value& written, std::string_view origin,
                                std::string& why) {
  const auto* which = find_option(key);
  if (which == nullptr) {
    why = unknown_key(key);
    return refuse();
  }
  return store(*which, written, origin, why);
}

result<void> configuration::read_file(const std::string& path, std::string& why) {
  const auto text = contents(path, why);
  if (!text) return std::unexpected(text.error());
  return read_text(*text, path, why);
}

result<void> configuration::read_text(std::string_view text, const std::string& path, std::string& why) {
  const auto entries = read_entries(text, why);
  if (!entries) {
    why.insert(0, path + ":");
    return refuse();
  }
  std::vector<std::size_t> lines(options().size(), 0);
  for (const auto& entry : *entries) {
    const auto place = path + ":" + std::to_string(entry.line);
    const auto at_key = place + ":" + std::to_string(entry.key_column);
    const auto* which = find_option(entry.key);
    if (which == nullptr) return refuse_file(at_key, unknown_key(entry.key), why);
    auto& line = lines[static_cast<std::size_t>(which - options().data())];
    if (line != 0)
      return refuse_file(at_key, std::string(which->key) + " is set already in line " + std::to_string(line), why);
    line = entry.line;
    if (!store(*which, entry.written, place, why)) {
      return refuse_file(place + ":" + std::to_string(entry.value_column), std::string(why), why);
    }
  }
  return {};
}

result<void> configuration::read_environment(std::span<const char* const> variables, std::string& why) {
  // The product's own names come after NanoMQ's for the same setting, so that they win.
  for (const bool own : {false, true}) {
    for (const std::string_view variable : variables) {
      const auto end = variable.find('=');
      const auto name = variable.substr(0, end);
      if (!name.starts_with("NANOMQ_") || end == std::string_view::npos) continue;
      if (end + 1 == variable.size()) continue;  // empty: as good as not set
      const option* which = nullptr;
      for (const auto& row : options()) {
        if (own ? name == environment_name(row) : name == row.environment) which = &row;
      }
      if (which == nullptr) {
        bool known = !own || name.find("__") == std::string_view::npos;
        if (known) continue;
        const auto missing = missing_feature(name);
        why = shown(name) + ": no setting has this name; " +
              (missing.empty() ? "see --print-config for those there are" : std::string(missing));
        return refuse();
      }
      const auto written = written_from(*which, variable.substr(end + 1), why);
      if (!written || !store(*which, *written, name, why)) {
        why.insert(0, std::string(name) + ": ");
        return refuse();
      }
    }
  }
  return {};
}

result<void> configuration::assign(std::string_view assignment, std::string& why) {
  const auto end = assignment.find('=');
  if (end == std::string_view::npos) {
    why = "'" + shown(assignment) + "' is not key=value";
    return refuse();
  }
  const auto key = assignment.substr(0, end);
  const auto* which = find_option(key);
  if (which == nullptr) {
    why = unknown_key(key);
    return refuse();
  }
  const auto written = written_from(*which, assignment.substr(end + 1), why);
  if (!written) {
    why.insert(0, std::string(which->key) + ": ");
    return refuse();
  }
  return store(*which, *written, "command line", why);
}

std::vector<std::string> unknown_variables(std::span<const char* const> variables,
                                           std::span<const std::string_view> others) {
  std::vector<std::string> lines;
  for (const std::string_view variable : variables) {
    const auto name = variable.substr(0, variable.find('='));
    if (!name.starts_with("NANOMQ_") || std::ranges::find(others, name) != others.end()) continue;
    if (std::ranges::any_of(options(), [&](const option& row) { return sets(name, row); })) continue;
    const auto missing = missing_feature(name);
    lines.push_back(shown(name) +
                    " has no effect: " + (missing.empty() ? "no setting has this name" : std::string(missing)));
  }
  return lines;
}

}  // namespace nanomq::config
