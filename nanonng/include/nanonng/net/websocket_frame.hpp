// WebSocket frames, without any I/O: bytes in, events out. Spec: RFC 6455 §5.
//
// MQTT takes a WebSocket connection for a stream of bytes: the bounds of frames and messages mean nothing to it. So data
// is handed on as it arrives, unmasked where it lies, and nothing but an incomplete header and a control frame is kept.
// What it does not do: text (refused), extensions (their bits are refused, so there is no compression).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "nanolib/base/bytes.hpp"

namespace nanonng::net {

enum class websocket_opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Spec: RFC 6455 §7.4.1. `none`: a Close frame without a code.
enum class websocket_code : std::uint16_t {
  none = 0,
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported = 1003,
  invalid_data = 1007,
  policy = 1008,
  too_big = 1009,
};

struct websocket_limits {
  std::uint64_t largest_frame = 268'435'456 + 16;  ///< the largest MQTT packet
  std::uint32_t most_fragments = 65'536;           ///< of one message
  /// Control frames and frames without data in one read: who sends more floods. Checked by websocket_stream.
  std::uint32_t most_empty = 64;
};

/// Thread: externally synchronised. Shape: 176 bytes, no allocation.
class websocket_decoder {
 public:
  enum class side : std::uint8_t { server, client };

  struct event {
    enum class kind : std::uint8_t {
      need_more,  ///< the input is used up
      data,       ///< `data`: the next bytes of the stream, in place
      empty,      ///< a data frame without data
      ping,       ///< `data`: what a pong has to carry; valid until the next call
      pong,
      close,      ///< `code`, and `data`: the reason. Nothing follows
      violation,  ///< `code` to close with, `why` for a log. Nothing follows
    };
    kind what = kind::need_more;
    std::span<std::byte> data;
    websocket_code code = websocket_code::none;
    std::string_view why;
  };

  /// A server wants masked frames and a client unmasked ones.
  explicit websocket_decoder(side reads, const websocket_limits& limits = {}) noexcept
      : limits_(limits), reads_(reads) {}

  /// Takes the next event from the front of `input`. Errors: violation, again at every further call.
  [[nodiscard]] event next(std::span<std::byte>& input) noexcept;

 private:
  [[nodiscard]] event fail(websocket_code code, std::string_view why) noexcept;
  [[nodiscard]] bool take_header(std::span<std::byte>& input) noexcept;
  [[nodiscard]] std::size_t header_size() const noexcept;
  [[nodiscard]] event check_first() noexcept;
  [[nodiscard]] event read_header() noexcept;
  [[nodiscard]] event take_data(std::span<std::byte>& input) noexcept;
  [[nodiscard]] event take_control(std::span<std::byte>& input) noexcept;
  [[nodiscard]] event end_control() noexcept;
  void unmask(std::span<std::byte> data) noexcept;

  websocket_limits limits_;
  std::uint64_t left_ = 0;  ///< payload of this frame that has not arrived
  std::uint32_t fragments_ = 0;
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_has_ = 0;
  std::uint8_t control_has_ = 0;
  std::array<std::byte, 125> control_{};
  std::array<std::uint8_t, 4> mask_{};
  std::uint8_t mask_at_ = 0;
  side reads_;
  websocket_opcode opcode_ = websocket_opcode::continuation;
  bool final_ = true;
  bool in_payload_ = false;
  bool in_message_ = false;
  event broken_{};
};

/// The header of a frame that carries `size` bytes; `mask` for clients, null for servers. Returns the part that is used.
[[nodiscard]] std::span<const std::byte> encode_websocket_header(std::array<std::byte, 14>& into,
                                                                 websocket_opcode opcode, std::uint64_t size,
                                                                 const std::array<std::uint8_t, 4>* mask) noexcept;

/// Masks or unmasks in place; `at` is how many bytes of the payload come before.
void mask_websocket_data(std::span<std::byte> data, const std::array<std::uint8_t, 4>& mask, std::size_t at) noexcept;

}  // namespace nanonng::net
