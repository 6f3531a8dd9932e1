// A log event as one line of text: `name key=value key="text with spaces"`.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "nanolib/base/log.hpp"

namespace nanomq::program {

/// Whatever a client put into a value, the result is one line of printable ASCII: other bytes become \xNN, values of more
/// than 256 bytes are cut and end in "...".
[[nodiscard]] std::string event_text(std::string_view name, std::initializer_list<nanolib::log_field> fields);

}  // namespace nanomq::program
