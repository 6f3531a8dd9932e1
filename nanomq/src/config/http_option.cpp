#include "http_option.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;

constexpr std::string_view group = "auth.http_auth.";

}  // namespace

value shown_fields(const access::http_question_settings::fields& from) {
  std::vector<std::string> all;
  for (const auto& [name, text] : from) all.push_back(name + "=" + text);
  return all;
}

nanolib::result<void> read_fields(const value& from, access::http_question_settings::fields& into, std::string& why) {
  access::http_question_settings::fields all;
  for (const std::string& one : std::get<std::vector<std::string>>(from)) {
    if (one.empty()) continue;
    const std::size_t end = one.find('=');
    if (end == 0 || end == std::string::npos) {
      why = "\"" + one.substr(0, end) + "\" is not name=value";
      return std::unexpected(error{error_domain::config, 0});
    }
    all.emplace_back(one.substr(0, end), one.substr(end + 1));
  }
  into = std::move(all);
  return {};
}

bool takes_fields(std::string_view key) noexcept {
  return key.starts_with(group) && (key.ends_with("_req.headers") || key.ends_with("_req.params"));
}

bool is_secret_list(std::string_view key) noexcept { return takes_fields(key); }

// What has a place-holder is no secret by itself.
value hidden_fields(std::string_view key, const std::vector<std::string>& of) {
  auto names = of;
  for (auto& one : names) {
    const auto value_at = one.find('=');
    const bool is_template = key.ends_with("params") && one.find('%', value_at) != std::string::npos;
    if (!is_template) one.replace(std::min(value_at, one.size()), std::string::npos, "=********");
  }
  return names;
}

}  // namespace nanomq::config
