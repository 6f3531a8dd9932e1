#include "nanomq/webhook/webhook_settings.hpp"

#include <algorithm>
#include <array>

#include "nanolib/topic/topic.hpp"
#include "nanomq/http/encoding.hpp"
#include "nanomq/http/url.hpp"
#include "webhook/header_line.hpp"

namespace nanomq::webhook {
namespace {

constexpr std::array<std::string_view, 14> names{
    "on_client_connect",     "on_client_connack",     "on_client_connected",   "on_client_disconnected",
    "on_client_subscribe",   "on_client_unsubscribe", "on_session_subscribed", "on_session_unsubscribed",
    "on_session_terminated", "on_message_publish",    "on_message_delivered",  "on_message_acked",
    "on_session_created",    "on_message_dropped",
};

std::unexpected<nanolib::error> refuse() { return std::unexpected(nanolib::error{nanolib::error_domain::config, 0}); }

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 64)) out += c >= ' ' && c < 0x7f ? c : '?';
  return out;
}

}  // namespace

std::span<const std::string_view> event_names() noexcept { return names; }

std::string_view action_of(event_kind which) noexcept {
  return names[static_cast<std::size_t>(which)].substr(std::string_view("on_").size());
}

bool has_topic(event_kind which) noexcept { return action_of(which).starts_with("message_"); }

nanolib::result<event_rule> read_event_rule(std::string_view text, std::string& why) {
  const auto name = text.substr(0, text.find(' '));
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    why = "'" + shown(name) + "' is no event; there are";
    for (const std::string_view one : names) why += (why.ends_with("are") ? " " : ", ") + std::string(one);
    return refuse();
  }
  event_rule rule{static_cast<event_kind>(found - names.begin())};
  if (name.size() < text.size()) rule.topic = text.substr(name.size() + 1);
  if (rule.topic.empty()) return rule;
  if (!has_topic(rule.event)) {
    why = std::string(name) + " takes no topic: only events about messages do";
    return refuse();
  }
  const auto filter = nanolib::parse_topic_filter(rule.topic);
  if (filter && !filter->is_shared()) return rule;
  why = "'" + shown(rule.topic) + "' is no topic filter";
  return refuse();
}

std::string text_of(const event_rule& rule) {
  std::string out(names[static_cast<std::size_t>(rule.event)]);
  if (!rule.topic.empty()) out.append(" ").append(rule.topic);
  return out;
}

header_line split_header(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  auto value = text.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  return {text.substr(0, colon), value};
}

nanolib::result<void> check_header(std::string_view text, std::string& why) {
  const auto [name, value] = split_header(text);
  if (!http::is_header_name(name)) {
    why = "'" + shown(name) + "' cannot be the name of a header here";
    return refuse();
  }
  if (http::is_header_value(value)) return {};
  why = "the value of " + shown(name) + " has something in it that no header may have";  // it may be secret
  return refuse();
}

nanolib::result<void> check_url(std::string_view text, std::string& why) {
  const auto read = http::read_url(text, why);
  return read ? nanolib::result<void>() : std::unexpected(read.error());
}

}  // namespace nanomq::webhook
