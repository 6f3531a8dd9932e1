// A port that nng takes and nobody can have.
#pragma once

#include <string>

namespace nanonng::net {

/// Dialing would find it out only later, and go on trying.
[[nodiscard]] bool sp_url_has_impossible_port(const std::string& url) noexcept;

}  // namespace nanonng::net
