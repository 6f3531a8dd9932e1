// The headers and parameters of the HTTP server that access control asks: auth.http_auth.
#pragma once

#include <string_view>

#include "nanomq/config/option.hpp"

namespace nanomq::config {

/// Lists of "name=value". In a file they may be objects, too. Errors: config; `why` says which.
[[nodiscard]] value shown_fields(const access::http_question_settings::fields& from);
[[nodiscard]] nanolib::result<void> read_fields(const value& from, access::http_question_settings::fields& into,
                                                std::string& why);
/// Whether this key's value may be an object of names and texts.
[[nodiscard]] bool takes_fields(std::string_view key) noexcept;
/// Whether what is set there is better not shown: headers carry keys.
[[nodiscard]] bool is_secret_list(std::string_view key) noexcept;
/// Its entries without their values.
[[nodiscard]] value hidden_fields(std::string_view key, const std::vector<std::string>& of);

}  // namespace nanomq::config
