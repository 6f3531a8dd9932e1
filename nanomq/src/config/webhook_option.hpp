// The rows of the option table that begin with `webhook.`, and what of them is written with objects in files.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "nanomq/config/hocon.hpp"
#include "nanomq/config/option.hpp"

namespace nanomq::config {

[[nodiscard]] std::span<const option> webhook_options() noexcept;

/// Where a file may have objects instead of texts: webhook.headers { name = value } and webhook.events [{ event = …,
/// topic = … }] become the lists that the rows have. False: this is no such thing. `fault` is not empty when it is one
/// that is written wrong; `place` is where, then.
[[nodiscard]] bool read_webhook_objects(std::string_view key, const hocon_value& from, written_value& into,
                                        hocon_place& place, std::string& fault);

}  // namespace nanomq::config
