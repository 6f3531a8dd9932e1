#include "nanomq/tools/property_block.hpp"

#include "nanolib/base/bytes.hpp"
#include "nanonng/mqtt/encoder.hpp"

namespace nanomq::tools {

using nanonng::mqtt::property_type;

std::vector<std::byte> property_block(const property_arguments& from, nanonng::mqtt::property_place place,
                                      std::optional<nanonng::mqtt::property_id> only) {
  nanonng::mqtt::property_writer block;
  for (const property_argument& each : from.all()) {
    const auto* const rule = nanonng::mqtt::find_property_rule(static_cast<std::uint32_t>(each.id));
    if (each.place != place || rule == nullptr || (only && each.id != *only)) continue;
    switch (rule->type) {
      case property_type::byte:
        block.byte(each.id, static_cast<std::uint8_t>(each.number));
        break;
      case property_type::two_byte:
        block.two_byte(each.id, static_cast<std::uint16_t>(each.number));
        break;
      case property_type::four_byte:
        block.four_byte(each.id, each.number);
        break;
      case property_type::variable_byte:
        block.variable_byte(each.id, each.number);
        break;
      case property_type::text:
        block.text(each.id, each.text);
        break;
      case property_type::binary:
        block.binary(each.id, nanolib::as_bytes(each.text));
        break;
      case property_type::text_pair:
        block.text_pair(each.id, each.text, each.value);
        break;
    }
  }
  return {block.block().begin(), block.block().end()};
}

}  // namespace nanomq::tools
