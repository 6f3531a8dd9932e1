// What a listener's `bind` and --url say.
#include <algorithm>
#include <array>
#include <cerrno>

#include "nanomq/config/listener_option.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanomq::broker::listener_kind;

struct scheme {
  std::string_view text;
  listener_kind kind;
  bool is_unix = false;
};

// NanoMQ's, and those that others have for the same.
constexpr std::array schemes{
    scheme{"nmq-tcp://", listener_kind::tcp},
    scheme{"mqtt-tcp://", listener_kind::tcp},
    scheme{"mqtt://", listener_kind::tcp},
    scheme{"tcp://", listener_kind::tcp},
    scheme{"broker+tcp://", listener_kind::tcp},
    scheme{"unix://", listener_kind::tcp, true},
    scheme{"tls+nmq-tcp://", listener_kind::ssl},
    scheme{"tls+mqtt-tcp://", listener_kind::ssl},
    scheme{"tls+mqtt://", listener_kind::ssl},
    scheme{"tls+tcp://", listener_kind::ssl},
    scheme{"broker+tls://", listener_kind::ssl},
    scheme{"mqtts://", listener_kind::ssl},
    scheme{"ssl://", listener_kind::ssl},
    scheme{"tls://", listener_kind::ssl},
    scheme{"tls+unix://", listener_kind::ssl, true},
    scheme{"nmq-ws://", listener_kind::ws},
    scheme{"nmq+ws://", listener_kind::ws},
    scheme{"mqtt-ws://", listener_kind::ws},
    scheme{"ws://", listener_kind::ws},
    scheme{"ws+unix://", listener_kind::ws, true},
    scheme{"nmq-wss://", listener_kind::wss},
    scheme{"nmq+wss://", listener_kind::wss},
    scheme{"mqtt-wss://", listener_kind::wss},
    scheme{"wss://", listener_kind::wss},
    scheme{"wss+unix://", listener_kind::wss, true},
};

const scheme* scheme_of(std::string_view url) noexcept {
  const auto found = std::ranges::find_if(schemes, [&](const scheme& one) { return url.starts_with(one.text); });
  return found == schemes.end() ? nullptr : &*found;
}

bool has_port(std::string_view address) noexcept {
  const auto closing = address.rfind(']');
  return address.find(':', closing == std::string_view::npos ? 0 : closing) != std::string_view::npos;
}

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

std::string accepted_schemes(listener_kind kind) {
  std::string out;
  for (const scheme& one : schemes) {
    if (one.kind == kind) out += (out.empty() ? "" : ", ") + std::string(one.text);
  }
  return out;
}

}  // namespace

std::optional<listener_kind> kind_of_url(std::string_view url) noexcept {
  const auto* const found = scheme_of(url);
  return found == nullptr ? std::nullopt : std::optional(found->kind);
}

nanolib::result<listener_address> parse_listener_address(listener_kind kind, std::string_view text, std::string& why) {
  if (text.empty()) return refuse(why, "an empty address; every address of this machine is *");
  const auto* const written = scheme_of(text);
  if (written == nullptr && text.find("://") != std::string_view::npos) {
    return refuse(why, "expected " + accepted_schemes(kind) + " or none: \"" + std::string(text) + "\"");
  }
  const bool is_any_unix = written != nullptr && written->text == "unix://";
  if (written != nullptr && written->kind != kind && !is_any_unix) {
    return refuse(why, "\"" + std::string(text) + "\" belongs into listeners." +
                           std::string(nanomq::broker::name_of(written->kind)) + ".bind");
  }
  std::string_view rest = text.substr(written != nullptr ? written->text.size() : 0);
  listener_address out;
  const bool is_unix = written != nullptr && written->is_unix;
  if (!is_unix) {
    const bool is_web = kind == listener_kind::ws || kind == listener_kind::wss;
    const auto slash = std::min(rest.find('/'), rest.size());
    if (is_web && slash + 1 < rest.size()) out.path = rest.substr(slash);
    if (is_web) rest = rest.substr(0, slash);
  }
  if (!is_unix && rest.ends_with('/')) rest.remove_suffix(1);
  std::string plain = (is_unix ? "unix://" : "mqtt-tcp://") + std::string(rest);
  if (!is_unix && !has_port(rest)) plain += ":" + std::to_string(nanomq::broker::usual_port(kind));
  auto where = nanonng::net::parse_endpoint(plain, why);
  if (!where) return std::unexpected(where.error());
  out.where = std::move(*where);
  return out;
}

}  // namespace nanomq::config
