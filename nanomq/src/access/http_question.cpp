#include "http_question.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "nanolib/base/json_object.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanomq/http/encoding.hpp"
#include "nanonng/net/http_head.hpp"

namespace nanomq::access {
namespace {

using nanolib::error;
using nanolib::error_domain;

struct place_holder {
  char letter;
  std::string_view http_facts::* fact;  ///< null: it is always the same
  std::string_view text;
};

// NanoMQ's letters. The protocol is MQTT, and mount points there are none.
constexpr std::array place_holders{
    place_holder{'u', &http_facts::user_name, {}},
    place_holder{'c', &http_facts::client_id, {}},
    place_holder{'a', &http_facts::address, {}},
    place_holder{'P', &http_facts::password, {}},
    place_holder{'p', &http_facts::port, {}},
    place_holder{'r', nullptr, "mqtt"},
    place_holder{'C', &http_facts::common_name, {}},
    place_holder{'d', &http_facts::subject, {}},
    place_holder{'A', &http_facts::access, {}},
    place_holder{'t', &http_facts::topic, {}},
    place_holder{'m', nullptr, ""},
};

std::unexpected<error> refuse() { return std::unexpected(error{error_domain::config, 0}); }

void append_field(std::string& body, nanolib::json_writer* json, std::string_view name, std::string_view text) {
  if (json != nullptr) {
    json->text(name, text);
  } else {
    http::append_form_field(body, name, text);
  }
}

bool is_json_type(std::string_view type) noexcept {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return nanonng::net::equal_without_case(type, "application/json") || type.ends_with("+json");
}

}  // namespace

bool http_question::read_value(std::string_view text, value& into, std::string& why) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (into.empty() || into.back().fact != nullptr) into.emplace_back();
    if (text[at] != '%') {
      into.back().text += text[at];
      continue;
    }
    const char letter = ++at < text.size() ? text[at] : '\0';
    if (letter == '%') {
      into.back().text += '%';
      continue;
    }
    const auto* const found = std::ranges::find(place_holders, letter, &place_holder::letter);
    if (found == place_holders.end()) {
      why = "behind a % stands one of u c a P p r C d A t m, or another %";
      return false;
    }
    if (found->fact == nullptr) {
      into.back().text += found->text;
    } else {
      into.push_back({{}, found->fact});
    }
  }
  return true;
}

bool http_question::read_header(const std::pair<std::string, std::string>& from, std::string& why) {
  const auto& [name, text] = from;
  // As NanoMQ's and EMQX's samples have it: the client keeps connections in any case.
  if (nanonng::net::equal_without_case(name, "Connection")) return true;
  if (!http::is_header_name(name)) {
    why = "\"" + name + "\" is no header that can be set";
    return false;
  }
  if (!http::is_header_value(text)) {
    why = "the value of " + name + " has a control character in it, or a blank at one end";
    return false;
  }
  if (nanonng::net::equal_without_case(name, "Content-Type")) {
    is_json_ = is_json_type(text);
    if (!is_json_ &&
        !nanonng::net::equal_without_case(text.substr(0, text.find(';')), "application/x-www-form-urlencoded")) {
      why = "the content type is application/x-www-form-urlencoded or application/json";
      return false;
    }
    if (!is_post_) return true;  // of a body, and there is none
  }
  field made{name, {}};
  if (!read_value(text, made.holds, why)) return false;
  headers_.push_back(std::move(made));
  return true;
}

nanolib::result<http_question> http_question::make(const http_question_settings& from, std::string_view key,
                                                   std::string& why) {
  http_question made;
  const auto complain = [&](std::string_view part) {
    why.insert(0, std::string(key) + "." + std::string(part) + ": ");
    return refuse();
  };
  auto where = http::read_url(from.url, why);
  if (!where) return complain("url");
  made.where_ = std::move(*where);
  made.is_post_ = from.is_post;
  for (const auto& one : from.headers) {
    if (!made.read_header(one, why)) return complain("headers");
  }
  const bool has_type = std::ranges::any_of(
      made.headers_, [](const field& one) { return nanonng::net::equal_without_case(one.name, "Content-Type"); });
  if (made.is_post_ && !has_type) made.headers_.push_back({"Content-Type", {{"application/x-www-form-urlencoded"}}});
  for (const auto& [name, text] : from.params) {
    field one{name, {}};
    if (!read_value(text, one.holds, why)) return complain("params");
    made.params_.push_back(std::move(one));
  }
  return made;
}

std::string http_question::filled(const value& what, const http_facts& with) {
  std::string out;
  for (const piece& one : what) out += one.fact != nullptr ? with.*one.fact : std::string_view(one.text);
  return out;
}

bool http_question::fill(const http_facts& with, http::request& into) const {
  into.verb = is_post_ ? http::method::post : http::method::get;
  into.where = where_;
  for (const field& one : headers_) {
    into.headers.push_back({one.name, filled(one.holds, with)});
    if (!http::is_header_value(into.headers.back().value)) return false;
  }
  std::string fields;
  nanolib::json_writer json(fields);
  const bool as_json = is_post_ && is_json_;
  if (as_json) json.begin_object();
  for (const field& one : params_) append_field(fields, as_json ? &json : nullptr, one.name, filled(one.holds, with));
  if (as_json) json.end_object();
  if (is_post_) {
    into.body = std::move(fields);
  } else if (!fields.empty()) {
    into.where.target += (into.where.target.contains('?') ? "&" : "?") + fields;
  }
  return true;
}

namespace {

std::string_view why_unavailable(const nanolib::error& what) noexcept {
  if (what.domain == nanolib::error_domain::config) return "the HTTP server's name is not known";
  if (what.domain == nanolib::error_domain::sys) {
    switch (what.code) {
      case ECONNREFUSED:
        return "the HTTP server refuses connections";
      case ETIMEDOUT:
        return "the HTTP server did not answer in time";
      case ECONNRESET:
        return "the HTTP server closed the connection before its answer was complete";
      case EPROTO:
        return "the HTTP server's answer is no HTTP, or TLS failed";
      case EACCES:
        return "the HTTP server's certificate was refused (auth.http_auth.tls), or ours";
      case EMSGSIZE:
        return "the HTTP server's answer is too large";
      case EAGAIN:
        return "too many questions wait for the HTTP server";
      default:
        break;
    }
  }
  return "the HTTP server could not be asked";
}

}  // namespace

http_verdict read_verdict(const http::client::answer& said) noexcept {
  using kind = http_verdict::kind;
  constexpr http_verdict denied{.is = kind::deny, .why = "the HTTP server says no"};
  constexpr http_verdict unclear{.why = "the HTTP server's answer cannot be understood"};
  if (!said) return {.why = why_unavailable(said.error())};
  if (said->status >= 500) return {.why = "the HTTP server answered with an error of its own (5xx)"};
  if (said->status != 200 && said->status != 204) return denied;
  if (said->status == 204) return {kind::allow};
  const std::string_view type = said->value("Content-Type");
  const bool claims_json = is_json_type(type);
  // What is written as JSON is read as such, whatever it is called: it could say no.
  const std::size_t begins = said->body.find_first_not_of(" \t\r\n");
  const bool looks_like_json = begins != std::string::npos && said->body[begins] == '{';
  if (!claims_json && !looks_like_json) return {kind::allow};
  try {
    const auto members = nanolib::read_json_object(said->body);
    if (!members) return unclear;  // cut, or mended by somebody on the way: it could have said no
    http_verdict made{kind::allow};
    if (const nanolib::json_member* const result = nanolib::find_member(*members, "result"); result != nullptr) {
      if (result->is != nanolib::json_member::kind::text) return unclear;
      if (result->text == "deny") return denied;
      if (result->text == "ignore") return {kind::ignore};
      if (result->text != "allow") return unclear;
    }
    const nanolib::json_member* const super = nanolib::find_member(*members, "is_superuser");
    made.is_superuser = super != nullptr && super->is == nanolib::json_member::kind::truth && super->truth;
    return made;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

}  // namespace nanomq::access
