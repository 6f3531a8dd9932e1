#include "admission_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "nanomq/config/setting.hpp"
#include "nanomq/config/small_file.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

void join(std::string& out, std::string_view more, std::string_view between = "; ") {
  if (more.empty()) return;
  if (!out.empty()) out += between;
  out += more;
}

std::string by_tls(const broker::listener_options& at) {
  std::string out;
  if (at.verify_peer && at.fail_if_no_peer_cert) {
    const auto& from = at.tls.ca_file.empty() ? at.tls.ca_directory : at.tls.ca_file;
    out = "clients with a certificate" + (from.empty() ? std::string() : " of " + from);
  }
  if (!at.tls.psk_file.empty()) join(out, "clients with a pre-shared key of " + at.tls.psk_file, " or ");
  return out;
}

std::string of(access::chain_link link, const access::access_settings& from) {
  switch (link) {
    case access::chain_link::certificate:
      return "who is named in the client's certificate";
    case access::chain_link::jwt:
      return "users with tokens (auth.jwt)";
    case access::chain_link::password:
      return "users of " + (from.password_file.empty() ? std::string("the configuration") : from.password_file);
    case access::chain_link::http:
      return "users whom " + config::without_query(from.http.auth.url) + " admits";
  }
  return {};
}

std::string users(const access::access_settings& from) {
  std::string out;
  for (const auto link : from.chain) {
    if (access::row_of(link).is_configured(from)) join(out, of(link, from), ", ");
  }
  return out;
}

std::size_t rules_in(const access::access_settings& from) {
  if (from.written_acl) return from.written_acl->rules.size();
  constexpr std::size_t largest = std::size_t{64} << 20U;
  std::string why;
  const auto text = config::read_small_file(from.acl_file, largest, why);
  if (!text) return 0;
  const auto read = access::read_rules(*text, from.acl_file, why);
  return read ? read->rules.size() : 0;
}

}  // namespace

std::string who_may_enter(const broker::listener_options& at, bool is_local, const config::settings& with) {
  const std::string anybody = is_local ? "anybody on this machine" : "ANYBODY";
  if (at.allow_anonymous.value_or(false)) return anybody;
  std::string out = at.authenticates() ? by_tls(at) : std::string();
  if (!with.access.authenticates()) {
    if (!out.empty()) return out;
    return at.allow_anonymous.has_value() ? "nobody: it wants users (allow_anonymous = false) and none are configured"
                                          : anybody;
  }
  join(out, users(with.access));
  if (with.allow_anonymous && at.allow_anonymous.value_or(true)) join(out, "anybody without a user name");
  return out;
}

std::string what_they_may_do(const config::settings& with) {
  const auto& from = with.access;
  std::string out;
  if (from.has_rules()) {
    const auto count = rules_in(from);
    out = "what " + count_text(count, "rule", "rules") + " of " +
          (from.acl_file.empty() ? std::string("the configuration") : from.acl_file) +
          (count == 1 ? " allows" : " allow") +
          (from.allow_unmatched ? ", and what none is about (auth.no_match = allow)" : ", and nothing else");
  }
  if (from.http.authorizes()) join(out, "what " + config::without_query(from.http.acl.url) + " allows");
  return out.empty() ? "everything but to publish under $" : out;
}

}  // namespace nanomq::program
