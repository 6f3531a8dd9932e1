// Text into the places of a request where it can do no harm: each place has its own way of writing what means something there.
#pragma once

#include <string>
#include <string_view>

namespace nanomq::http {

/// Appends `text` so that it is one name or value of a query or a form, or one segment of a path, whatever is in it: all but
/// letters, digits and `-._~` as %XX. Spec: RFC 3986 §2.1, §2.3.
void append_percent_encoded(std::string& out, std::string_view text);

/// Appends `name=value`, encoded, behind an `&` where something stands before it.
void append_form_field(std::string& out, std::string_view name, std::string_view value);

/// Whether it can be the name of a header (RFC 9110 §5.1), and is none that the client writes itself (Content-Length,
/// Transfer-Encoding, Connection, Host, Expect, Upgrade, TE, Trailer, Keep-Alive).
[[nodiscard]] bool is_header_name(std::string_view text) noexcept;
/// Whether it can be a header's value: no control character but the tab (no CR, LF, NUL), no blank at either end.
[[nodiscard]] bool is_header_value(std::string_view text) noexcept;

}  // namespace nanomq::http
