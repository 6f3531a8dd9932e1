// What mbedtls' numbers mean, in words for a log, and as errors. Private to the folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"

namespace nanonng::net {

/// "the certificate or message has an unexpected format (-0x2180)".
[[nodiscard]] std::string describe_tls_error(int code);
/// "bad_certificate (42)". Spec: RFC 5246 §7.2.
[[nodiscard]] std::string describe_tls_alert(unsigned alert);
/// Whether an alert says that who we are was refused.
[[nodiscard]] bool is_tls_refusal(unsigned alert) noexcept;
/// Every reason why a certificate was not accepted, on one line.
[[nodiscard]] std::string describe_tls_flags(std::uint32_t flags);
/// EPROTO, or EACCES when an identity was refused.
[[nodiscard]] nanolib::error tls_error(int code) noexcept;

}  // namespace nanonng::net
