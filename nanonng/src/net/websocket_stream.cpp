// Upgrade, frames in, frames out.
//
// Nothing of the caller's is copied on the way out of a server: a frame's header goes in front of the parts as they are. A
// client has to mask, and does so piece by piece. What the stream sends itself (the upgrade, a pong, a Close frame) waits in
// `own_` and goes between frames, never within one.
#include "nanonng/net/websocket_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "random.hpp"

namespace nanonng::net {

namespace {

using outcome = io_result::outcome;
using event_kind = websocket_decoder::event::kind;

constexpr std::size_t most_parts = 64;
/// What a client masks at once, and its largest frame.
constexpr std::size_t masked_piece = 16U * 1024;
constexpr nanolib::error broken{nanolib::error_domain::sys, EPROTO};
constexpr nanolib::error out_of_memory{nanolib::error_domain::sys, ENOMEM};

std::size_t total(std::span<const iovec> parts) noexcept {
  std::size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

class websocket_stream final : public stream {
 public:
  websocket_stream(std::unique_ptr<stream> over, std::shared_ptr<const websocket_server_options> options,
                   const websocket_limits& limits) noexcept
      : lower_(std::move(over)),
        server_(std::move(options)),
        decoder_(websocket_decoder::side::server, limits),
        most_empty_(limits.most_empty) {}
  websocket_stream(std::unique_ptr<stream> over, std::unique_ptr<websocket_client_options> options, std::string key,
                   std::string request, const websocket_limits& limits) noexcept
      : lower_(std::move(over)),
        client_(std::move(options)),
        key_(std::move(key)),
        own_(std::move(request)),
        decoder_(websocket_decoder::side::client, limits),
        most_empty_(limits.most_empty),
        masks_(true) {}
  ~websocket_stream() override {
    if (phase_ != phase::open || finishing_) return;
    queue_close(websocket_code::normal);
    static_cast<void>(flush_own());
  }

  io_result read(std::span<std::byte> into) noexcept override;
  io_result write(std::span<const iovec> from) noexcept override;
  void finish() noexcept override;
  void keep_open() noexcept override;
  [[nodiscard]] std::uint8_t wants() const noexcept override {
    const bool own_waits = phase_ != phase::failed && !own_.empty() && !in_frame();
    return static_cast<std::uint8_t>(lower_->wants() | (own_waits ? io_result::room : io_result::none));
  }
  void set_owner(io_handler* owner) noexcept override { lower_->set_owner(owner); }
  [[nodiscard]] int descriptor() const noexcept override { return lower_->descriptor(); }
  [[nodiscard]] std::string peer() const override { return lower_->peer(); }
  [[nodiscard]] const tls_identity* identity() const noexcept override { return lower_->identity(); }
  [[nodiscard]] std::string failure() const override;

 private:
  enum class phase : std::uint8_t { upgrade, open, ended, failed };

  [[nodiscard]] bool in_frame() const noexcept { return frame_left_ != 0 || header_at_ != header_size_; }
  [[nodiscard]] io_result take_head(std::span<std::byte> arrived, std::span<std::byte>& rest);
  [[nodiscard]] io_result decode(std::span<std::byte> into, std::span<std::byte> input) noexcept;
  [[nodiscard]] io_result refuse(websocket_code code, std::string_view why) noexcept;
  [[nodiscard]] io_result fail(std::string_view why) noexcept;
  void queue_control(websocket_opcode opcode, nanolib::bytes body) noexcept;
  void queue_close(websocket_code code) noexcept;
  void queue_pong() noexcept;
  [[nodiscard]] io_result flush_own() noexcept;
  void add_own(io_result& result) noexcept;
  void begin_frame(std::size_t size) noexcept;
  [[nodiscard]] io_result send_frame(std::span<const iovec> from) noexcept;
  [[nodiscard]] io_result send_masked(std::span<const iovec> from) noexcept;
  [[nodiscard]] io_result sent(const io_result& below) noexcept;

  std::unique_ptr<stream> lower_;
  std::shared_ptr<const websocket_server_options> server_;
  std::unique_ptr<websocket_client_options> client_;  ///< until the upgrade is done
  std::string key_;
  std::string head_;  ///< of the upgrade, as far as it has arrived
  std::string own_;   ///< what the stream sends itself; not changed once it has been tried
  std::size_t own_at_ = 0;
  std::string_view why_;
  unsigned status_ = 0;  ///< with which a server refused the upgrade
  websocket_decoder decoder_;
  std::optional<std::array<std::byte, 126>> pong_;  ///< its size, then what it carries; waits for `own_` to go
  std::uint32_t most_empty_;
  std::size_t frame_size_ = 0;
  std::size_t frame_left_ = 0;  ///< payload that the frame's header has promised
  std::array<std::byte, 14> header_{};
  std::uint8_t header_size_ = 0;
  std::uint8_t header_at_ = 0;
  std::array<std::uint8_t, 4> mask_{};
  phase phase_ = phase::upgrade;
  bool masks_ = false;
  bool close_queued_ = false;
  bool finishing_ = false;
};

std::string websocket_stream::failure() const {
  if (!why_.empty()) {
    return "WebSocket: " + std::string(why_) + (status_ == 0 ? "" : " (HTTP " + std::to_string(status_) + ")");
  }
  std::string below = lower_->failure();
  if (below.empty() && phase_ == phase::upgrade && masks_) below = "WebSocket: the connection broke before the upgrade";
  return below;
}

// --- input ---

io_result websocket_stream::read(std::span<std::byte> into) noexcept {
  if (phase_ == phase::failed) return {outcome::failed, 0, broken};
  if (phase_ == phase::ended) return {outcome::closed, 0, {}};
  const io_result below = lower_->read(into);
  std::span<std::byte> input = into.first(below.what == outcome::moved ? below.bytes : 0);
  io_result result = below;
  if (below.what == outcome::closed && phase_ == phase::upgrade) return fail("the peer closed before the upgrade");
  if (below.what == outcome::closed) phase_ = phase::ended;
  if (below.what == outcome::closed || below.what == outcome::failed) return result;
  if (phase_ == phase::upgrade && !input.empty()) {
    try {
      result = take_head(input, input);
    } catch (const std::bad_alloc&) {
      return {outcome::failed, 0, out_of_memory};
    }
    if (result.what == outcome::failed) return result;
  }
  result = phase_ == phase::open ? decode(into, input) : io_result{};
  if (result.what == outcome::failed) return result;
  result.hints = below.hints;
  if (result.what == outcome::moved && phase_ != phase::open) result.hints |= io_result::read_again;
  if (phase_ != phase::failed) add_own(result);
  return result;
}

/// Puts the head of the upgrade together; `rest` is what followed it.
io_result websocket_stream::take_head(std::span<std::byte> arrived, std::span<std::byte>& rest) {
  const std::size_t before = head_.size();
  // Only as much as is looked at: a large first read may hold frames too.
  const std::size_t largest = server_ ? server_->largest_head : client_->largest_head;
  const std::size_t taken = std::min(arrived.size(), largest - std::min(largest, before));
  head_.append(nanolib::as_text(arrived.first(taken)));
  rest = {};
  const websocket_verdict verdict =
      server_ ? answer_upgrade(head_, *server_) : check_upgrade_answer(head_, key_, *client_);
  if (verdict.what == websocket_verdict::kind::need_more) return {};
  std::string().swap(head_);
  std::string().swap(key_);
  if (verdict.what == websocket_verdict::kind::refused) {
    own_ = verdict.answer;
    static_cast<void>(flush_own());
    if (server_) lower_->finish();
    if (!server_) status_ = verdict.status;
    return fail(verdict.why);
  }
  own_ += verdict.answer;
  client_.reset();
  phase_ = phase::open;
  rest = arrived.subspan(verdict.used - before);
  return {};
}

/// [MQTT-6.0.0-2]: what arrives is a stream, wherever frames begin and end.
io_result websocket_stream::decode(std::span<std::byte> into, std::span<std::byte> input) noexcept {
  std::size_t moved = 0;
  std::uint32_t empty = 0;
  while (phase_ == phase::open) {
    const websocket_decoder::event event = decoder_.next(input);
    if (event.what == event_kind::need_more) break;
    if (event.what == event_kind::data) {
      std::memmove(into.data() + moved, event.data.data(), event.data.size());
      moved += event.data.size();
      continue;
    }
    if (event.what == event_kind::violation) {
      const io_result result = refuse(event.code, event.why);
      return moved == 0 ? result : io_result{outcome::moved, moved, {}};
    }
    if (event.what == event_kind::close) {
      // An answer is owed unless ours went first. Spec: RFC 6455 §5.5.1.
      queue_close(event.code);
      static_cast<void>(flush_own());
      phase_ = phase::ended;
      break;
    }
    if (++empty > most_empty_) {
      const io_result result = refuse(websocket_code::policy, "too many frames without data");
      return moved == 0 ? result : io_result{outcome::moved, moved, {}};
    }
    if (event.what != event_kind::ping) continue;
    pong_.emplace();
    (*pong_)[0] = static_cast<std::byte>(event.data.size());
    std::ranges::copy(event.data, pong_->begin() + 1);
  }
  queue_pong();
  if (moved != 0) return {outcome::moved, moved, {}};
  return {phase_ == phase::ended ? outcome::closed : outcome::would_block, 0, {}};
}

io_result websocket_stream::refuse(websocket_code code, std::string_view why) noexcept {
  queue_close(code);
  static_cast<void>(flush_own());
  return fail(why);
}

io_result websocket_stream::fail(std::string_view why) noexcept {
  phase_ = phase::failed;
  why_ = why;
  return {outcome::failed, 0, broken};
}

// --- what the stream sends itself ---

void websocket_stream::queue_control(websocket_opcode opcode, nanolib::bytes body) noexcept {
  std::array<std::byte, 14> header;
  std::array<std::uint8_t, 4> mask{};
  if (masks_ && !fill_random(std::as_writable_bytes(std::span(mask)))) return;
  std::array<std::byte, 125> masked;
  std::ranges::copy(body, masked.begin());
  const std::span<std::byte> payload = std::span(masked).first(body.size());
  if (masks_) mask_websocket_data(payload, mask, 0);
  try {
    own_ += nanolib::as_text(encode_websocket_header(header, opcode, body.size(), masks_ ? &mask : nullptr));
    own_ += nanolib::as_text(payload);
  } catch (const std::bad_alloc&) {
    return;  // a pong or a Close frame less
  }
}

void websocket_stream::queue_close(websocket_code code) noexcept {
  if (std::exchange(close_queued_, true)) return;
  const auto number = static_cast<std::uint16_t>(code);
  const std::array body{static_cast<std::byte>(number >> 8U), static_cast<std::byte>(number & 0xFFU)};
  queue_control(websocket_opcode::close, code == websocket_code::none ? nanolib::bytes() : nanolib::bytes(body));
}

/// The pong of the last ping; of those before it nobody waits for one. Spec: RFC 6455 §5.5.3.
void websocket_stream::queue_pong() noexcept {
  if (!pong_ || !own_.empty() || close_queued_) return;
  queue_control(websocket_opcode::pong, std::span(*pong_).subspan(1, std::to_integer<std::size_t>((*pong_)[0])));
  pong_.reset();
}

/// moved when nothing is left, or how the stream below stopped, with the hint for its owner.
io_result websocket_stream::flush_own() noexcept {
  if (in_frame()) return {};
  while (own_at_ < own_.size()) {
    const iovec part{own_.data() + own_at_, own_.size() - own_at_};
    io_result below = lower_->write({&part, 1});
    if (below.what == outcome::moved && below.bytes != 0) {
      own_at_ += below.bytes;
      continue;
    }
    if (below.what == outcome::moved || below.what == outcome::would_block) {
      below.what = outcome::would_block;
      if ((below.hints & io_result::input) == 0) below.hints |= io_result::room;
    }
    return below;
  }
  own_at_ = 0;
  std::string().swap(own_);
  queue_pong();
  return own_.empty() ? io_result{outcome::moved, 0, {}} : flush_own();
}

/// Tries to send the stream's own bytes after a read or write, and says when they wait for room.
void websocket_stream::add_own(io_result& result) noexcept {
  if (own_.empty() || in_frame()) return;
  result.hints = static_cast<std::uint8_t>(result.hints | (flush_own().hints & io_result::room));
}

void websocket_stream::finish() noexcept {
  if (std::exchange(finishing_, true)) return;
  if (phase_ == phase::open && !in_frame()) {
    queue_close(websocket_code::normal);
    if (flush_own().what == outcome::would_block) return;  // write({}) goes on
  }
  lower_->finish();
}

/// A ping, unless something of ours waits anyway.
void websocket_stream::keep_open() noexcept {
  if (phase_ != phase::open || finishing_ || close_queued_ || !own_.empty()) return;
  queue_control(websocket_opcode::ping, {});
  static_cast<void>(flush_own());
}

// --- output ---

io_result websocket_stream::write(std::span<const iovec> from) noexcept {
  if (phase_ == phase::failed) return {outcome::failed, 0, broken};
  if (!own_.empty() && !in_frame()) {
    const io_result own = flush_own();
    if (own.what != outcome::moved) return {own.what, 0, own.error, own.hints};
    if (finishing_) lower_->finish();
  } else if (from.empty()) {
    return lower_->write({});
  }
  if (phase_ == phase::upgrade) return {outcome::would_block, 0, {}, io_result::input};
  const std::span<const iovec> parts = from.first(std::min(from.size(), most_parts));
  if (!in_frame()) {
    const std::size_t size = total(parts);
    if (size == 0 || close_queued_) return {outcome::moved, total(from), {}};  // after the Close frame nothing goes
    begin_frame(masks_ ? std::min(size, masked_piece) : size);
  }
  io_result result = sent(masks_ ? send_masked(parts) : send_frame(parts));
  add_own(result);
  return result;
}

void websocket_stream::begin_frame(std::size_t size) noexcept {
  if (masks_ && !fill_random(std::as_writable_bytes(std::span(mask_)))) mask_ = {};
  const auto header = encode_websocket_header(header_, websocket_opcode::binary, size, masks_ ? &mask_ : nullptr);
  header_size_ = static_cast<std::uint8_t>(header.size());
  header_at_ = 0;
  frame_size_ = frame_left_ = size;
}

io_result websocket_stream::send_frame(std::span<const iovec> from) noexcept {
  std::array<iovec, most_parts + 1> parts;
  std::size_t count = 0;
  if (header_at_ != header_size_)
    parts[count++] = {header_.data() + header_at_, static_cast<std::size_t>(header_size_ - header_at_)};
  std::size_t left = frame_left_;
  for (const iovec& part : from) {
    const std::size_t size = std::min(left, part.iov_len);
    if (size != 0) parts[count++] = {part.iov_base, size};
    left -= size;
  }
  return lower_->write(std::span(parts).first(count));
}

io_result websocket_stream::send_masked(std::span<const iovec> from) noexcept {
  std::array<std::byte, masked_piece + 14> room;
  const std::size_t header = header_size_ - header_at_;
  std::memcpy(room.data(), header_.data() + header_at_, header);
  std::size_t filled = header;
  std::size_t left = frame_left_;
  for (const iovec& part : from) {
    const std::size_t size = std::min(left, part.iov_len);
    if (size != 0) std::memcpy(room.data() + filled, part.iov_base, size);
    filled += size;
    left -= size;
  }
  mask_websocket_data(std::span(room).subspan(header, filled - header), mask_, frame_size_ - frame_left_);
  const iovec all{room.data(), filled};
  return lower_->write({&all, 1});
}

/// Counts header and payload apart.
io_result websocket_stream::sent(const io_result& below) noexcept {
  if (below.what != outcome::moved) return below;
  const std::size_t header = std::min(below.bytes, static_cast<std::size_t>(header_size_ - header_at_));
  header_at_ = static_cast<std::uint8_t>(header_at_ + header);
  const std::size_t moved = below.bytes - header;
  frame_left_ -= moved;
  return {moved == 0 ? outcome::would_block : outcome::moved, moved, {}, below.hints};
}

}  // namespace

std::unique_ptr<stream> make_websocket_server(std::unique_ptr<stream> over,
                                              std::shared_ptr<const websocket_server_options> options,
                                              const websocket_limits& limits) noexcept {
  return std::unique_ptr<stream>(new (std::nothrow) websocket_stream(std::move(over), std::move(options), limits));
}

std::unique_ptr<stream> make_websocket_client(std::unique_ptr<stream> over, const websocket_client_options& options,
                                              const websocket_limits& limits) noexcept {
  try {
    std::array<std::uint8_t, 16> random;
    if (!fill_random(std::as_writable_bytes(std::span(random)))) return nullptr;
    std::string key = make_websocket_key(random);
    std::string request = make_upgrade_request(options, key);
    if (request.empty()) return nullptr;
    return std::make_unique<websocket_stream>(std::move(over), std::make_unique<websocket_client_options>(options),
                                              std::move(key), std::move(request), limits);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace nanonng::net
