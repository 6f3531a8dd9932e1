// From properties as they were written on a command line to a block as it goes over the wire.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "nanomq/tools/property_argument.hpp"

namespace nanomq::tools {

/// The properties for one packet, in their order; with `only`, those of that kind.
[[nodiscard]] std::vector<std::byte> property_block(const property_arguments& from, nanonng::mqtt::property_place place,
                                                    std::optional<nanonng::mqtt::property_id> only = std::nullopt);

}  // namespace nanomq::tools
