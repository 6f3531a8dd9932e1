// For each setting of the option table a value that is not its default, found from the row itself, so that a test goes
// through all settings and a new one is in it at once. Only texts with a form of their own need a line here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanomq/config/setting.hpp"

namespace nanomq::config {

struct formed_sample {
  std::string_view end;  ///< of the key
  std::string_view text;
};

/// Lists have their entries with commas between them.
inline constexpr std::array formed_samples{
    formed_sample{".bind", "127.0.0.1:0,unix:///tmp/nanomq_option_sample"},
    formed_sample{".path", "/elsewhere"},
    formed_sample{".proxy_trusted", "10.0.0.0/8"},
    formed_sample{".more_certificates", "a.pem:a.key"},
    formed_sample{".unix_mode", "0640"},
    formed_sample{".alpn", "mqtt"},
    formed_sample{".ciphers", "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256"},
    formed_sample{".origins", "https://example.com"},
    formed_sample{"auth.chain", "password"},
    formed_sample{"auth.jwt.algorithms", "HS256"},
    formed_sample{"auth.jwt.verify_claims", "clientid=${clientid}"},
    formed_sample{".headers", "x-key: 1"},
    formed_sample{".params", "x=1"},
    formed_sample{".url", "http://127.0.0.1:1/"},
    formed_sample{"webhook.events", "on_client_connected"},
    formed_sample{"log.to", "file"},
};

inline bool is_counted(value_type type) {
  return type == value_type::count || type == value_type::size || type == value_type::duration ||
         type == value_type::share;
}

/// As in the environment or behind --set. None: whatever this is, a line above is missing.
inline std::optional<std::string> another_value(const setting& of, const settings& defaults) {
  const auto now = of.get(defaults);
  const auto range = of.range();
  const std::string key = of.key();
  switch (of.type()) {
    case value_type::boolean:
      return std::get<bool>(now) ? "false" : "true";
    case value_type::count:
    case value_type::size:
    case value_type::duration:
    case value_type::share: {
      const auto number = std::get<std::uint64_t>(now);
      return print_value(of.type(), number == range.least ? range.least + range.step : range.least);
    }
    case value_type::rate:
      return "7/s";
    case value_type::byte_rate:
      return "7KB/s";
    case value_type::text: {
      const auto word = range.choices.substr(0, range.choices.find('|'));
      const auto other = range.choices.substr(range.choices.rfind('|') + 1);
      return std::string(print_value(of.type(), now) == word ? other : word);
    }
    case value_type::path:
    case value_type::list:
      for (const auto& sample : formed_samples) {
        if (key.ends_with(sample.end)) {
          // The rows of auth.http_auth write name=value.
          if (sample.end == ".headers" && key.starts_with("auth.")) return "x-key=1";
          return std::string(sample.text);
        }
      }
      return of.type() == value_type::path ? std::optional<std::string>("/tmp/nanomq_option_sample") : std::nullopt;
  }
  return std::nullopt;
}

/// The same as it stands in a file.
inline std::string in_a_file(const setting& of, const std::string& text) {
  if (of.type() == value_type::path) return of.key() + " = \"" + text + "\"\n";
  if (of.type() != value_type::list) return of.key() + " = \"" + text + "\"\n";
  std::string out = of.key() + " = [";
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(','), rest.size());
    out += (out.ends_with('[') ? "\"" : ", \"") + std::string(rest.substr(0, end)) + "\"";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out + "]\n";
}

/// Every row of the table, those of listeners once for each kind that has them.
inline std::vector<setting> all_settings() {
  settings all;
  for (const auto kind : {broker::listener_kind::ssl, broker::listener_kind::ws, broker::listener_kind::wss}) {
    broker::listener_options one;
    one.kind = kind;
    all.broker.listeners.push_back(std::move(one));
  }
  return settings_in(all);
}

}  // namespace nanomq::config
