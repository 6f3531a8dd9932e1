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
    case access::chain_link::certificate:  // says by_identity(), for the listeners that want it
      break;
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

// Where TLS says who the user is, nobody enters whom it says nothing about.
std::string by_identity(const broker::listener_options& at) {
  std::string out;
  if (at.verify_peer) {
    const auto& from = at.tls.ca_file.empty() ? at.tls.ca_directory : at.tls.ca_file;
    out = "whom a certificate" + (from.empty() ? std::string() : " of " + from) + " names";
  }
  if (!at.tls.psk_file.empty()) join(out, "whom a pre-shared key of " + at.tls.psk_file + " names", " or ");
  return out.empty() ? "nobody: use_identity_as_username wants verify_peer or a psk_file" : out;
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
  if (at.use_identity_as_username != broker::identity_source::none) return by_identity(at);
  if (at.allow_anonymous.value_or(false)) return anybody;
  std::string out = at.authenticates() ? by_tls(at) : std::string();
  const bool wants_user = at.allow_anonymous.has_value();  // it says false
  if (!with.access.authenticates()) {
    if (!out.empty()) return out;
    return wants_user ? "nobody: it wants users (allow_anonymous = false) and none are configured" : anybody;
  }
  const auto known = users(with.access);
  if (!out.empty()) {
    // TLS keeps out everybody else, users with passwords as well.
    return out + (known.empty() ? ", without a user name" : ", and with a user name only as " + known);
  }
  out = known;
  if (with.allow_anonymous && !wants_user) join(out, "anybody without a user name");
  return out.empty() ? "nobody: users are known by certificates alone, and here none is asked for" : out;
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
