#include "broker/identity_name.hpp"

#include <algorithm>
#include <array>

namespace nanomq::broker {

namespace {

using nanonng::net::tls_identity;

std::string alternative_name_of(const tls_identity& proved) {
  using enum tls_identity::name_kind;
  for (const auto kind : std::array{dns, email, uri}) {
    const auto found = std::ranges::find(proved.alternative_names, kind, &tls_identity::alternative_name::kind);
    if (found != proved.alternative_names.end()) return found->value;
  }
  return {};
}

}  // namespace

std::string user_name_of(const tls_identity& proved, identity_source source) {
  if (source == identity_source::none) return {};
  if (!proved.has_certificate) return proved.psk_identity;
  if (source == identity_source::fingerprint) return proved.fingerprint_text();
  return source == identity_source::alternative_name ? alternative_name_of(proved) : proved.common_name;
}

}  // namespace nanomq::broker
