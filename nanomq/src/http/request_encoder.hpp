// A request as it is sent.
#pragma once

#include <string>

#include "nanomq/http/message.hpp"

namespace nanomq::http {

/// Whether all of its headers may be sent. What encode() needs.
[[nodiscard]] bool is_sendable(const request& what) noexcept;

/// Spec: RFC 9112 §3, §6.3. Errors: throws std::bad_alloc.
[[nodiscard]] std::string encode(const request& what);

}  // namespace nanomq::http
