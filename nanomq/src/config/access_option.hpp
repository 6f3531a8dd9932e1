// Settings of who may enter that take more than a line to read: rows of the option table refer to them.
#pragma once

#include <string>

#include "nanomq/config/settings.hpp"
#include "nanomq/config/value.hpp"

namespace nanomq::config {

/// auth.chain. Errors: config; `why` says what is wrong.
[[nodiscard]] value get_chain(const settings& from);
[[nodiscard]] nanolib::result<void> set_chain(settings& into, const value& what, std::string& why);

}  // namespace nanomq::config
