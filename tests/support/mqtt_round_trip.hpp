// Decodes a frame, encodes what came out, decodes that, and says where the two differ. Used by unit tests and fuzzers.
#pragma once

#include <string>
#include <string_view>

#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"

namespace nanonng::mqtt::testing {

/// What became of one frame.
struct round_trip {
  reason_code reason = reason_code::success;  ///< why the frame was refused
  std::string fault;  ///< how the second decoding differed from the first; empty when it did not
  buffer encoded;     ///< what the frame was encoded to again
};

/// Decodes one frame of any type. Into nothing: only the verdict counts.
[[nodiscard]] reason_code decode_any(const frame& from, protocol_version version, const decode_limits& limits);

/// Decode, encode, decode. A CONNECT is read in its own version, everything else in the one given.
[[nodiscard]] round_trip run_round_trip(const frame& from, protocol_version version, const decode_limits& limits);

}  // namespace nanonng::mqtt::testing
