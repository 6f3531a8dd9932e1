// Handshake, records in, records out.
//
// A read takes everything that the stream below has into the rear of the caller's buffer and decrypts it to the front:
// one system call for many records, and nothing to keep but an incomplete one. Where the caller's buffer is small,
// mbedtls reads below itself, record by record.
#include "tls_stream.hpp"

#include <arpa/inet.h>
#include <mbedtls/ssl_internal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "tls_text.hpp"

namespace nanonng::net {

namespace {

constexpr std::size_t largest_record = 16U * 1024;
/// What a record that was incomplete may add to what is read now, when both are decrypted.
constexpr std::size_t spare = largest_record + 1024;
/// From here on there is room in a caller's buffer to read ahead.
constexpr std::size_t smallest_to_read_ahead = 3 * spare;
/// Parts of output from here on are encrypted where they lie; smaller ones are put together first.
constexpr std::size_t large_part = 4096;

/// Where one is in the parts of an output, and pieces of it that lie together.
class part_reader {
 public:
  explicit part_reader(std::span<const iovec> parts) noexcept : parts_(parts) { skip_empty(); }
  [[nodiscard]] bool at_end() const noexcept { return parts_.empty(); }
  /// Up to `most` bytes, copied together when they are small.
  [[nodiscard]] nanolib::bytes piece(std::size_t most, std::span<std::byte> room) const noexcept {
    const std::size_t first = parts_[0].iov_len - at_;
    const std::byte* const start = static_cast<const std::byte*>(parts_[0].iov_base) + at_;
    if (parts_.size() == 1 || first >= std::min(most, large_part)) return {start, std::min(first, most)};
    std::size_t filled = 0;
    std::size_t skipped = at_;
    for (const iovec& part : parts_) {
      const std::size_t now = std::min({part.iov_len - skipped, most - filled, room.size() - filled});
      if (now != 0) std::memcpy(room.data() + filled, static_cast<const std::byte*>(part.iov_base) + skipped, now);
      filled += now;
      skipped = 0;
    }
    return room.first(filled);
  }
  void skip(std::size_t size) noexcept {
    while (size != 0) {
      const std::size_t now = std::min(size, parts_[0].iov_len - at_);
      at_ += now;
      size -= now;
      skip_empty();
    }
  }

 private:
  void skip_empty() noexcept {
    while (!parts_.empty() && at_ == parts_[0].iov_len) {
      parts_ = parts_.subspan(1);
      at_ = 0;
    }
  }
  std::span<const iovec> parts_;
  std::size_t at_ = 0;
};

bool is_address(const std::string& name) noexcept {
  std::array<unsigned char, 16> address;
  return ::inet_pton(AF_INET, name.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1;
}

/// As inet_ntop() writes it, so that texts can be compared.
std::string canonical(const std::string& address) {
  std::array<unsigned char, 16> raw;
  char text[INET6_ADDRSTRLEN] = {};
  const int family = ::inet_pton(AF_INET, address.c_str(), raw.data()) == 1 ? AF_INET : AF_INET6;
  if (family == AF_INET6) static_cast<void>(::inet_pton(AF_INET6, address.c_str(), raw.data()));
  ::inet_ntop(family, raw.data(), text, sizeof text);
  return text;
}

constexpr nanolib::error out_of_memory{nanolib::error_domain::sys, ENOMEM};

}  // namespace

tls_session::tls_session() noexcept = default;
tls_session::~tls_session() = default;

tls_stream::tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> over) noexcept
    : context_(std::move(context)), lower_(std::move(over)) {}

tls_stream::~tls_stream() {
  if (given_up_) given_up_->store(true, std::memory_order_relaxed);
  // What close() without a flush can still say: as far as the stream below takes it.
  if ((phase_ == phase::open || phase_ == phase::ended) && !finishing_ && flight_.empty() && core_->ssl.out_left == 0) {
    if (const work with{*core_}) static_cast<void>(mbedtls_ssl_close_notify(&core_->ssl));
  }
}

bool tls_stream::open(const tls_stream_options& options) {
  core_ = std::make_unique<tls_core>(context_);
  core_->lower = lower_.get();
  if (!core_->open(options)) return false;
  pace_ = options.pace;
  if (!context_->shared().is_server) return set_up_client(options);
  gate_ = options.gate;
  home_ = options.home;
  if (home_ != nullptr) pool_ = options.pool;
  return true;
}

bool tls_stream::set_up_client(const tls_stream_options& options) {
  server_name_ = options.server_name;
  session_ = options.session;
  if (server_name_.empty()) {
    core_->expect_nobody();
  } else if (is_address(server_name_)) {
    core_->expect_address(canonical(server_name_));
  } else if (mbedtls_ssl_set_hostname(&core_->ssl, server_name_.c_str()) != 0) {
    return false;
  }
  if (!session_ || !session_->value) return true;
  const tls_session::kept& old = *session_->value;
  if (old.context != context_ || old.server_name != server_name_) return true;
  return mbedtls_ssl_set_session(&core_->ssl, &old.session) == 0;
}

// --- input ---

io_result tls_stream::read(std::span<std::byte> into) noexcept {
  if (phase_ == phase::failed) return {io_result::outcome::failed, 0, error_};
  if (phase_ == phase::ended) return {io_result::outcome::closed, 0, {}};
  if (into.empty()) return {};
  if (is_shared_out()) return gather(into);
  if (phase_ == phase::handshake && pace_ != nullptr && !pace_->may_step()) {
    return {io_result::outcome::would_block, 0, {}, wants()};
  }
  const work with{*core_};
  if (!with) return {io_result::outcome::failed, 0, out_of_memory};
  const std::vector<std::byte> earlier = std::exchange(left_over_, {});
  std::size_t ahead = 0;
  if (!earlier.empty()) {
    core_->arrived = earlier;
    core_->below.hints = io_result::read_again;
  } else if (into.size() >= smallest_to_read_ahead) {
    ahead = into.size() / 2 - spare;
    read_below(into.last(ahead));
  } else {
    core_->direct = true;
  }
  if (gate_ && (core_->direct || !core_->arrived.empty()) && !is_let_in()) {
    return {io_result::outcome::failed, 0, error_};
  }
  io_result result = decrypt(into.first(into.size() - ahead));
  if (!keep_left_over()) return fail(MBEDTLS_ERR_SSL_ALLOC_FAILED);
  const bool more = result.what == io_result::outcome::moved && (phase_ == phase::ended || phase_ == phase::failed);
  const bool below = (core_->below.hints & io_result::read_again) != 0;
  if (result.what == io_result::outcome::moved || result.what == io_result::outcome::would_block) {
    result.hints = wants();
    if ((more || below) && !has_own_output()) result.hints |= io_result::read_again;
  }
  return result;
}

void tls_stream::read_below(std::span<std::byte> into) noexcept {
  core_->below = lower_->read(into);
  if (core_->below.what == io_result::outcome::moved) core_->arrived = into.first(core_->below.bytes);
}

/// What mbedtls has not taken, because it waits for room below. False when memory is short.
bool tls_stream::keep_left_over() noexcept {
  if (core_->arrived.empty() || phase_ == phase::failed || phase_ == phase::ended) return true;
  try {
    left_over_.assign(core_->arrived.begin(), core_->arrived.end());
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

io_result tls_stream::decrypt(std::span<std::byte> into) noexcept {
  std::size_t moved = 0;
  for (;;) {
    if (phase_ == phase::handshake) {
      if (const int code = shake_hands(); code != 0) return stopped(code, moved);
    }
    if (moved == into.size()) return {io_result::outcome::moved, moved, {}};
    const std::size_t waiting = core_->arrived.size();
    const int got =
        mbedtls_ssl_read(&core_->ssl, reinterpret_cast<unsigned char*>(into.data()) + moved, into.size() - moved);
    if (got > 0) {
      moved += static_cast<std::size_t>(got);
    } else if (core_->ssl.in_msgtype == MBEDTLS_SSL_MSG_HANDSHAKE) {
      // Another handshake. mbedtls would refuse each with a warning, as often as somebody likes to ask.
      return stopped(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, moved);
    } else if (got != MBEDTLS_ERR_SSL_WANT_READ || core_->arrived.empty() || core_->arrived.size() == waiting) {
      return stopped(got, moved);  // WANT_READ with input left: a message that carries nothing for us, like a warning
    }
  }
}

/// What to tell the caller when mbedtls stops after `moved` bytes. An end or failure is told with the next read.
io_result tls_stream::stopped(int code, std::size_t moved) noexcept {
  if (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE) {
    if (moved == 0) return {};
    return {io_result::outcome::moved, moved, {}};
  }
  core_->note_alert(code);
  const bool is_end = code == 0 || code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || code == MBEDTLS_ERR_SSL_CONN_EOF;
  io_result result{io_result::outcome::closed, 0, {}};
  if (is_end && phase_ == phase::open) {
    phase_ = phase::ended;
  } else {
    result = fail(code);
  }
  return moved == 0 ? result : io_result{io_result::outcome::moved, moved, {}};
}

io_result tls_stream::fail(int code) noexcept {
  if (core_->below.what == io_result::outcome::failed) {
    error_ = core_->below.error;
    if (phase_ == phase::handshake) say_what_broke();
  } else {
    error_ = code == 0 ? tls_error(MBEDTLS_ERR_SSL_CONN_EOF) : tls_error(code);
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && is_tls_refusal(core_->alert)) error_.code = EACCES;
    try {
      say_why(code);
    } catch (const std::bad_alloc&) {
      failure_.clear();
    }
  }
  phase_ = phase::failed;
  return {io_result::outcome::failed, 0, error_};
}

/// A peer that refuses us says so and closes. What we were about to send fails then, and its alert is still unread.
void tls_stream::say_what_broke() noexcept {
  constexpr std::size_t alert_record = 7;  // type, version, length, level, description
  std::array<std::byte, 64> last;
  const io_result said = lower_->read(last);
  const bool is_alert = said.what == io_result::outcome::moved && said.bytes >= alert_record &&
                        last[0] == std::byte{MBEDTLS_SSL_MSG_ALERT} && last[3] == std::byte{0} &&
                        last[4] == std::byte{2};
  const auto alert = std::to_integer<unsigned>(last[6]);
  if (is_alert) error_ = {nanolib::error_domain::sys, is_tls_refusal(alert) ? EACCES : EPROTO};
  try {
    failure_ = "TLS handshake: ";
    failure_ += is_alert ? "the peer sent the alert " + describe_tls_alert(alert) : nanolib::describe(error_);
    add_hint();
  } catch (const std::bad_alloc&) {
    failure_.clear();
  }
}

/// Servers mostly say no more than handshake_failure.
void tls_stream::add_hint() {
  const bool shows_none = !context_->shared().is_server && context_->shared().own.empty();
  if (phase_ == phase::handshake && core_->ssl.client_auth != 0 && shows_none) {
    failure_ += "; it asked for a certificate, and there is none to show";
  }
}

void tls_stream::say_why(int code) {
  const std::string where = phase_ == phase::handshake ? "TLS handshake: " : "TLS: ";
  if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
    failure_ = where + "the peer sent the alert " + describe_tls_alert(core_->alert);
    add_hint();
  } else if (code == 0 || code == MBEDTLS_ERR_SSL_CONN_EOF) {
    failure_ = where + "the peer closed the connection";
    add_hint();
  } else if (core_->flags() != 0) {
    failure_ = where + "the peer's certificate was refused: " + describe_tls_flags(core_->flags());
  } else {
    failure_ = where + describe_tls_error(code);
  }
}

// --- output ---

io_result tls_stream::write(std::span<const iovec> from) noexcept {
  if (phase_ == phase::failed) return {io_result::outcome::failed, 0, error_};
  if (!send_flight()) {
    if (phase_ == phase::failed) return {io_result::outcome::failed, 0, error_};
    return {io_result::outcome::would_block, 0, {}, io_result::room};
  }
  if (is_shared_out()) return {io_result::outcome::would_block, 0, {}, io_result::input};
  const work with{*core_};
  if (!with) return {io_result::outcome::failed, 0, out_of_memory};
  if (phase_ == phase::handshake) {
    // Here nothing is read ahead, since there is nowhere to keep it; but what was comes first.
    const std::vector<std::byte> earlier = std::exchange(left_over_, {});
    core_->arrived = earlier;
    core_->direct = earlier.empty();
    const int code = shake_hands();
    if (!keep_left_over()) return fail(MBEDTLS_ERR_SSL_ALLOC_FAILED);
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE) return {io_result::outcome::would_block, 0, {}, io_result::room};
    const auto again = left_over_.empty() ? io_result::none : io_result::read_again;
    if (code == MBEDTLS_ERR_SSL_WANT_READ) {
      return {io_result::outcome::would_block, 0, {}, static_cast<std::uint8_t>(io_result::input | again)};
    }
    if (code != 0) return fail(code);
  }
  return seal(from);
}

io_result tls_stream::seal(std::span<const iovec> from) noexcept {
  std::size_t moved = 0;
  int code = has_own_output() ? mbedtls_ssl_flush_output(&core_->ssl) : 0;
  std::array<std::byte, largest_record> room;
  const int most = code == 0 ? mbedtls_ssl_get_max_out_record_payload(&core_->ssl) : 0;
  if (most < 0) return fail(most);
  for (part_reader parts(from); code == 0 && !parts.at_end();) {
    // A record that waits for room is asked for again with the bytes that it was made of.
    const std::size_t wanted = sealed_ != 0 ? sealed_ : static_cast<std::size_t>(most);
    const nanolib::bytes piece = parts.piece(wanted, room);
    code = mbedtls_ssl_write(&core_->ssl, reinterpret_cast<const unsigned char*>(piece.data()), piece.size());
    sealed_ = 0;
    if (code > 0) {
      parts.skip(static_cast<std::size_t>(code));
      moved += static_cast<std::size_t>(std::exchange(code, 0));
    } else if (code == MBEDTLS_ERR_SSL_WANT_WRITE) {
      sealed_ = piece.size();
    }
  }
  if (code == 0) {
    if (finishing_) lower_->finish();
    return {io_result::outcome::moved, moved, {}, left_over_.empty() ? io_result::none : io_result::read_again};
  }
  if (code != MBEDTLS_ERR_SSL_WANT_WRITE && code != MBEDTLS_ERR_SSL_WANT_READ) return fail(code);
  const auto hints = has_own_output() ? io_result::room : io_result::none;
  if (moved != 0) return {io_result::outcome::moved, moved, {}, hints};
  return {io_result::outcome::would_block, 0, {}, hints};
}

void tls_stream::finish() noexcept {
  if (std::exchange(finishing_, true)) return;
  if (!send_flight() && phase_ != phase::failed) return;  // nothing overtakes it: write({}) goes on
  if (phase_ == phase::open || phase_ == phase::ended) {
    const work with{*core_};
    if (with && mbedtls_ssl_close_notify(&core_->ssl) == MBEDTLS_ERR_SSL_WANT_WRITE) return;  // write({}) goes on
  }
  lower_->finish();
}

std::uint8_t tls_stream::wants() const noexcept {
  if (is_shared_out()) return flight_.empty() ? io_result::none : io_result::room | io_result::stuck;
  if (phase_ == phase::failed) return io_result::none;
  const bool begins = phase_ == phase::handshake && !context_->shared().is_server && core_->ssl.state == 0;
  std::uint8_t hints = begins ? io_result::room : io_result::none;
  // A handshake that waits for room is not helped by reading; what has been read waits too.
  if (has_own_output()) return left_over_.empty() ? io_result::room : io_result::room | io_result::stuck;
  if (!left_over_.empty() || core_->ssl.in_offt != nullptr) hints |= io_result::read_again;
  return hints;
}

std::unique_ptr<stream> make_tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> over,
                                        const tls_stream_options& options) noexcept {
  try {
    auto made = std::make_unique<tls_stream>(std::move(context), std::move(over));
    if (!made->open(options)) return nullptr;
    return made;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace nanonng::net
