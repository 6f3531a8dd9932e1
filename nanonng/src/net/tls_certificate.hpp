// Names in certificates. Private to the folder.
#pragma once

#include <mbedtls/x509_crt.h>

#include <string>
#include <string_view>
#include <vector>

#include "nanonng/net/certificate.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanonng::net {

/// See tls_identity. They may throw std::bad_alloc.
[[nodiscard]] std::vector<tls_identity::alternative_name> tls_alternative_names(const mbedtls_x509_crt& certificate);
[[nodiscard]] std::string tls_common_name(const mbedtls_x509_crt& certificate);
/// Whether it carries this address, in the text form of inet_ntop().
[[nodiscard]] bool tls_certificate_has_address(const mbedtls_x509_crt& certificate, std::string_view address);
[[nodiscard]] certificate_facts tls_certificate_facts(const mbedtls_x509_crt& certificate);
void read_certificate(tls_identity& into, const mbedtls_x509_crt& certificate);

}  // namespace nanonng::net
