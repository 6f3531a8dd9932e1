#include "nanonng/net/websocket_frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "nanolib/topic/topic.hpp"

namespace nanonng::net {

namespace {

using kind = websocket_decoder::event::kind;

bool is_control(websocket_opcode opcode) noexcept { return (static_cast<unsigned>(opcode) & 8U) != 0; }

/// Codes that may stand in a Close frame. Spec: RFC 6455 §7.4.
bool is_code(unsigned code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

websocket_decoder::event websocket_decoder::next(std::span<std::byte>& input) noexcept {
  if (broken_.what != kind::need_more) return broken_;
  if (!in_payload_) {
    if (!take_header(input)) {
      // What the first two bytes say is judged before the rest has come.
      return header_has_ >= 2 ? check_first() : event{};
    }
    if (event bad = check_first(); bad.what == kind::violation) return bad;
    if (event bad = read_header(); bad.what != kind::need_more) return bad;
  }
  return is_control(opcode_) ? take_control(input) : take_data(input);
}

websocket_decoder::event websocket_decoder::fail(websocket_code code, std::string_view why) noexcept {
  broken_ = {kind::violation, {}, code, why};
  return broken_;
}

std::size_t websocket_decoder::header_size() const noexcept {
  if (header_has_ < 2) return 2;
  const unsigned length = header_[1] & 0x7FU;
  return 2U + (length == 126 ? 2U : length == 127 ? 8U : 0U) + ((header_[1] & 0x80U) != 0 ? 4U : 0U);
}

bool websocket_decoder::take_header(std::span<std::byte>& input) noexcept {
  while (header_has_ < header_size()) {
    if (input.empty()) return false;
    header_[header_has_++] = std::to_integer<std::uint8_t>(input[0]);
    input = input.subspan(1);
  }
  return true;
}

websocket_decoder::event websocket_decoder::check_first() noexcept {
  using enum websocket_code;
  if ((header_[0] & 0x70U) != 0) return fail(protocol_error, "a reserved bit is set");
  const unsigned opcode = header_[0] & 0x0FU;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return fail(protocol_error, "an unknown opcode");
  const bool is_masked = (header_[1] & 0x80U) != 0;
  if (is_masked != (reads_ == side::server)) {
    return fail(protocol_error,
                is_masked ? "a frame from the server is masked" : "a frame from the client is not masked");
  }
  const bool is_final = (header_[0] & 0x80U) != 0;
  if (opcode >= 8) {
    if (!is_final) return fail(protocol_error, "a control frame is fragmented");
    if ((header_[1] & 0x7FU) > 125) return fail(protocol_error, "a control frame is too long");
    return {};
  }
  // [MQTT-6.0.0-1]
  if (opcode == 1) return fail(unsupported, "MQTT is not text");
  if ((opcode == 0) != in_message_) {
    return fail(protocol_error, in_message_ ? "a message within a message" : "a continuation of nothing");
  }
  if (in_message_ && fragments_ >= limits_.most_fragments) return fail(policy, "too many fragments");
  return {};
}

websocket_decoder::event websocket_decoder::read_header() noexcept {
  using enum websocket_code;
  const unsigned shown = header_[1] & 0x7FU;
  const std::size_t extended = shown == 126 ? 2 : shown == 127 ? 8 : 0;
  std::uint64_t length = extended == 0 ? shown : 0;
  for (std::size_t i = 0; i < extended; ++i) length = length << 8U | header_[2 + i];
  if ((length >> 63U) != 0) return fail(protocol_error, "a length with its highest bit set");
  if ((extended == 2 && length < 126) || (extended == 8 && length < 65'536)) {
    return fail(protocol_error, "a length with more bytes than it needs");
  }
  if (length > limits_.largest_frame) return fail(too_big, "the frame is too large");
  opcode_ = static_cast<websocket_opcode>(header_[0] & 0x0FU);
  if (reads_ == side::server)
    std::copy_n(header_.begin() + 2 + static_cast<std::ptrdiff_t>(extended), 4, mask_.begin());
  left_ = length;
  mask_at_ = 0;
  header_has_ = 0;
  control_has_ = 0;
  if (!is_control(opcode_)) {
    final_ = (header_[0] & 0x80U) != 0;
    fragments_ = in_message_ ? fragments_ + 1 : 1;
    in_message_ = !final_;
    if (length == 0) return {kind::empty, {}, none, {}};
  }
  in_payload_ = true;
  return {};
}

void websocket_decoder::unmask(std::span<std::byte> data) noexcept {
  if (reads_ != side::server) return;
  mask_websocket_data(data, mask_, mask_at_);
  mask_at_ = static_cast<std::uint8_t>((mask_at_ + data.size()) & 3U);
}

websocket_decoder::event websocket_decoder::take_data(std::span<std::byte>& input) noexcept {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  if (size == 0) return {};
  const std::span<std::byte> data = input.first(size);
  input = input.subspan(size);
  unmask(data);
  left_ -= size;
  in_payload_ = left_ != 0;
  return {kind::data, data, websocket_code::none, {}};
}

websocket_decoder::event websocket_decoder::take_control(std::span<std::byte>& input) noexcept {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
  const std::span<std::byte> data = input.first(size);
  input = input.subspan(size);
  unmask(data);
  std::ranges::copy(data, control_.begin() + control_has_);
  control_has_ = static_cast<std::uint8_t>(control_has_ + size);
  left_ -= size;
  return left_ == 0 ? end_control() : event{};
}

websocket_decoder::event websocket_decoder::end_control() noexcept {
  in_payload_ = false;
  const std::span<std::byte> body(control_.data(), control_has_);
  if (opcode_ == websocket_opcode::ping) return {kind::ping, body, websocket_code::none, {}};
  if (opcode_ == websocket_opcode::pong) return {kind::pong, body, websocket_code::none, {}};
  if (body.size() == 1) return fail(websocket_code::protocol_error, "half a code");
  broken_ = {kind::close, {}, websocket_code::none, {}};
  if (body.empty()) return broken_;
  const unsigned code = std::to_integer<unsigned>(body[0]) << 8U | std::to_integer<unsigned>(body[1]);
  if (!is_code(code)) return fail(websocket_code::protocol_error, "a code that must not be sent");
  // Spec: RFC 6455 §5.5.1, §8.1.
  if (!nanolib::is_valid_utf8(body.subspan(2))) return fail(websocket_code::invalid_data, "a reason that is not UTF-8");
  broken_.code = static_cast<websocket_code>(code);
  broken_.data = body.subspan(2);
  return broken_;
}

std::span<const std::byte> encode_websocket_header(std::array<std::byte, 14>& into, websocket_opcode opcode,
                                                   std::uint64_t size,
                                                   const std::array<std::uint8_t, 4>* mask) noexcept {
  std::size_t used = 0;
  const auto put = [&](std::uint64_t value) { into[used++] = static_cast<std::byte>(value & 0xFFU); };
  const std::uint64_t masked = mask != nullptr ? 0x80U : 0U;
  put(0x80U | static_cast<std::uint64_t>(opcode));
  if (size < 126) {
    put(masked | size);
  } else if (size < 65'536) {
    put(masked | 126U);
    put(size >> 8U);
    put(size);
  } else {
    put(masked | 127U);
    for (unsigned shift = 64; shift > 0; shift -= 8) put(size >> (shift - 8));
  }
  if (mask != nullptr) {
    for (const std::uint8_t octet : *mask) put(octet);
  }
  return std::span(into).first(used);
}

void mask_websocket_data(std::span<std::byte> data, const std::array<std::uint8_t, 4>& mask, std::size_t at) noexcept {
  std::array<std::byte, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = static_cast<std::byte>(mask[(at + i) & 3U]);
  std::size_t done = 0;
  std::uint64_t word = 0;
  std::uint64_t key = 0;
  std::memcpy(&key, turned.data(), sizeof key);
  for (; data.size() - done >= sizeof word; done += sizeof word) {
    std::memcpy(&word, data.data() + done, sizeof word);
    word ^= key;
    std::memcpy(data.data() + done, &word, sizeof word);
  }
  for (std::size_t i = 0; done < data.size(); ++done, ++i) data[done] ^= turned[i];
}

}  // namespace nanonng::net
