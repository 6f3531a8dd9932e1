// Which reason codes each packet may carry. Internal to the codec.
//
// One bit per code from 0x00 to 0xBF in three words. Spec: MQTT 5.0 §2.4, table 2-6.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

class reason_set {
 public:
  constexpr reason_set(std::initializer_list<unsigned> codes) noexcept {
    for (const unsigned code : codes) words_[code >> 6U] |= 1ULL << (code & 63U);
  }
  [[nodiscard]] constexpr bool contains(std::uint32_t code) const noexcept {
    return code < 192 && (words_[code >> 6U] >> (code & 63U) & 1U) != 0;
  }

 private:
  std::array<std::uint64_t, 3> words_{};
};

/// [MQTT-3.2.2-8]
inline constexpr reason_set connack_reasons{0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                                            0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F};
/// PUBACK and PUBREC [MQTT-3.4.2-1] [MQTT-3.5.2-1]
inline constexpr reason_set puback_reasons{0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
/// PUBREL and PUBCOMP [MQTT-3.6.2-1] [MQTT-3.7.2-1]
inline constexpr reason_set pubrel_reasons{0x00, 0x92};
/// [MQTT-3.9.3-2]
inline constexpr reason_set suback_reasons{0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2};
/// 3.1.1 [MQTT-3.9.3-2]
inline constexpr reason_set old_suback_reasons{0x00, 0x01, 0x02, 0x80};
/// [MQTT-3.11.3-2]
inline constexpr reason_set unsuback_reasons{0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91};
/// [MQTT-3.14.2-1]
inline constexpr reason_set disconnect_reasons{0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D,
                                               0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
                                               0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2};
/// Those that a client gives. Spec: MQTT 5.0 §3.14.2.1.
inline constexpr reason_set client_disconnect_reasons{0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90,
                                                      0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99};
/// [MQTT-3.15.2-1]
inline constexpr reason_set auth_reasons{0x00, 0x18, 0x19};

}  // namespace nanonng::mqtt
