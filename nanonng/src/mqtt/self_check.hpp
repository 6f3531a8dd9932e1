// What the client's owner asked for, read by the decoder before it is sent: nothing leaves that it would refuse.
// Internal to the client machine, and not for PUBLISH.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"

namespace nanonng::mqtt {

/// How much of anything is for the server to say.
inline constexpr decode_limits any_limits{
    .maximum_packet_size = std::numeric_limits<std::uint32_t>::max(),
    .maximum_user_properties = std::numeric_limits<std::uint32_t>::max(),
    .maximum_properties_size = std::numeric_limits<std::uint32_t>::max(),
    .maximum_filters = std::numeric_limits<std::uint32_t>::max(),
    .maximum_topic_size = 65'535,
    .maximum_topic_levels = 65'536,
};

/// The owner's blocks where the machine writes the properties that mean something.
[[nodiscard]] inline bool are_user_properties(bytes block) noexcept {
  property_reader reader(block);
  property read;
  while (reader.next(read)) {
    if (read.id != property_id::user_property) return false;
  }
  return reader.rest().empty();
}

/// `encode` appends one packet to `out`, `decode` is given its frame and returns what is wrong with it. Then, and when
/// `encode` throws, `out` is as it was.
template <class Encode, class Decode>
[[nodiscard]] reason_code append_checked(buffer& out, std::uint32_t maximum_packet_size, Encode&& encode,
                                         Decode&& decode) {
  const std::size_t start = out.size();
  try {
    encode();
  } catch (...) {
    out.resize(start);
    throw;
  }
  const bytes made = bytes(out).subspan(start);
  reason_code reason = reason_code::packet_too_large;  // encoders append nothing then
  if (!made.empty()) {
    const framing found = next_frame(made, maximum_packet_size);
    reason = found.status == decode_status::done ? decode(found.packet) : found.reason;
  }
  if (reason != reason_code::success) out.resize(start);
  return reason;
}

}  // namespace nanonng::mqtt
