// What a message of the load says about itself: who sent it, which one it is, and when it was due.
//
// Sixteen bytes, so that small messages can carry it, with a checksum by which it is known and a change in it noticed. Its time is a number of ticks that begins again every eighteen
// minutes, counted from a clock that the programs of one machine share and those of several machines share as well as
// their clocks agree; latencies of up to nine minutes can be told, and negative ones too, where clocks disagree.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace nanomq::tools {

/// A point of the clock that the load is measured with.
using moment = std::chrono::steady_clock::time_point;

struct stamp {
  std::uint16_t run = 0;  ///< tells the messages of one program from those of another
  std::uint32_t publisher = 0;
  std::uint32_t sequence = 0;  ///< begins again at zero after 2^32
  std::uint32_t ticks = 0;     ///< when the message was due, not when there was room for it

  static constexpr std::size_t size = 16;

  /// Writes `size` bytes, the same on every machine.
  void encode_into(std::byte* out) const noexcept {
    const std::array words{in_network_order(check() << 16U | run), in_network_order(publisher),
                           in_network_order(sequence), in_network_order(ticks)};
    std::memcpy(out, words.data(), size);
  }
  /// Reads the beginning of a payload. Nothing when there is no stamp.
  [[nodiscard]] static std::optional<stamp> decode_from(std::span<const std::byte> payload) noexcept {
    if (payload.size() < size) return std::nullopt;
    std::array<std::uint32_t, 4> words{};
    std::memcpy(words.data(), payload.data(), size);
    const std::uint32_t first = in_network_order(words[0]);
    const stamp read{.run = static_cast<std::uint16_t>(first & 0xFFFFU),
                     .publisher = in_network_order(words[1]),
                     .sequence = in_network_order(words[2]),
                     .ticks = in_network_order(words[3])};
    if (first >> 16U != read.check()) return std::nullopt;
    return read;
  }

  friend bool operator==(const stamp&, const stamp&) = default;

 private:
  /// Sixteen bits of everything else.
  [[nodiscard]] constexpr std::uint32_t check() const noexcept {
    const std::uint64_t who = (std::uint64_t{publisher} << 32U | sequence) * 0x9E37'79B9'7F4A'7C15U;
    const std::uint64_t when = (std::uint64_t{ticks} << 16U | run) * 0xC2B2'AE3D'27D4'EB4FU;
    return static_cast<std::uint32_t>((who ^ when) >> 48U) ^ 0x6E51U;
  }
  [[nodiscard]] static constexpr std::uint32_t in_network_order(std::uint32_t word) noexcept {
    return std::endian::native == std::endian::big ? word : std::byteswap(word);
  }
};

/// Turns moments into ticks and back. Thread: immutable.
class stamp_clock {
 public:
  using tick = std::chrono::duration<std::int64_t, std::ratio<256, 1'000'000'000>>;

  /// `civil` is what the machine's calendar says at `now`: that is what programs have in common.
  stamp_clock(moment now, std::chrono::system_clock::time_point civil) noexcept
      : shift_(civil.time_since_epoch() - now.time_since_epoch()) {}

  [[nodiscard]] std::uint32_t ticks(moment when) const noexcept {
    return static_cast<std::uint32_t>(
        std::chrono::floor<tick>(when.time_since_epoch() + shift_).count());  // the lower half of it
  }
  /// How long before `now` it was; negative when the clock of the sender is ahead.
  [[nodiscard]] std::chrono::nanoseconds since(std::uint32_t ticks_then, moment now) const noexcept {
    return tick{static_cast<std::int32_t>(ticks(now) - ticks_then)};
  }

 private:
  std::chrono::nanoseconds shift_;
};

}  // namespace nanomq::tools
