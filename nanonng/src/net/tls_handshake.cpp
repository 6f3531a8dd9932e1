// The handshake of a tls_stream: here, within reads and writes, or on a thread of a pool.
//
// With a pool the loop collects input until records are whole and gives them away with the core: trickled bytes cost no
// thread's time, and what a thread gets it can work off without waiting. What it answers comes back with the core and is sent
// from here. Meanwhile input is still read, as far as there is room for it: who leaves is noticed, and not computed for.
#include <mbedtls/platform.h>
#include <mbedtls/ssl_internal.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "tls_stream.hpp"
#include "tls_text.hpp"

namespace nanonng::net {

namespace {

constexpr std::size_t record_header = 5;
constexpr std::size_t largest_body = MBEDTLS_SSL_IN_CONTENT_LEN + 2048;
/// Of what a peer sends ahead of its turn.
constexpr std::size_t most_gathered = record_header + largest_body;

/// The record at the front of some input. Spec: RFC 5246 §6.2.1.
struct record_view {
  explicit record_view(nanolib::bytes input) noexcept
      : type(std::to_integer<unsigned>(input[0])),
        size(record_header + (std::to_integer<std::size_t>(input[3]) << 8U) + std::to_integer<std::size_t>(input[4])),
        is_plausible(input[1] == std::byte{MBEDTLS_SSL_MAJOR_VERSION_3} && size <= record_header + largest_body) {}
  [[nodiscard]] bool is_handshake() const noexcept {
    return is_plausible && (type == MBEDTLS_SSL_MSG_HANDSHAKE || type == MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC);
  }
  [[nodiscard]] bool is_alert() const noexcept { return is_plausible && type == MBEDTLS_SSL_MSG_ALERT; }

  unsigned type;
  std::size_t size;
  bool is_plausible;
};

/// How much at the front is whole records of a handshake.
std::size_t whole_records(nanolib::bytes input) noexcept {
  std::size_t whole = 0;
  while (input.size() - whole >= record_header) {
    const record_view next(input.subspan(whole));
    if (!next.is_handshake() || next.size > input.size() - whole) break;
    whole += next.size;
  }
  return whole;
}

}  // namespace

/// A core on its way to a thread and back.
class tls_stream::errand final : public handshake_pool::job {
 public:
  errand(tls_stream& of, std::unique_ptr<tls_core>&& core, std::vector<std::byte>&& input,
         std::shared_ptr<std::atomic<bool>> given_up) noexcept
      : job(*of.home_), of_(of), core_(std::move(core)), input_(std::move(input)), given_up_(std::move(given_up)) {
    core_->lower = nullptr;
  }
  [[nodiscard]] bool is_wanted() const noexcept override { return !given_up_->load(std::memory_order_relaxed); }
  void compute() noexcept override {
    const work with{*core_};
    if (!with) return;
    core_->arrived = input_;
    code_ = core_->shake_hands();
    input_.erase(input_.begin(), input_.end() - static_cast<std::ptrdiff_t>(core_->arrived.size()));
  }
  void run() noexcept override {
    if (is_wanted()) of_.come_back(std::move(core_), std::move(input_), code_);
  }

 private:
  tls_stream& of_;  ///< there as long as it is wanted
  std::unique_ptr<tls_core> core_;
  std::vector<std::byte> input_;
  std::shared_ptr<std::atomic<bool>> given_up_;
  int code_ = MBEDTLS_ERR_SSL_ALLOC_FAILED;
};

// --- what both ways share ---

/// 0 once it is over, or mbedtls' reason to stop.
int tls_stream::shake_hands() noexcept {
  const int before = core_->ssl.state;
  const int code = core_->shake_hands();
  if (pace_ != nullptr && core_->ssl.state != before) pace_->stepped();
  return code != 0 ? code : note_shaken();
}

int tls_stream::note_shaken() noexcept {
  try {
    return shaken() ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
  } catch (const std::bad_alloc&) {
    return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  }
}

/// Reads who the peer is and lets go of what only the handshake needed.
bool tls_stream::shaken() {
  mbedtls_ssl_context& ssl = core_->ssl;
  auto who = std::make_unique<tls_identity>();
  const mbedtls_x509_crt* const certificate = mbedtls_ssl_get_peer_cert(&ssl);
  if (certificate != nullptr && context_->shared().verifies) read_certificate(*who, *certificate);
  who->psk_identity = core_->psk_identity();
  if (const char* const protocol = mbedtls_ssl_get_alpn_protocol(&ssl); protocol != nullptr) who->protocol = protocol;
  who->cipher = mbedtls_ssl_get_ciphersuite(&ssl);
  who->version = mbedtls_ssl_get_version(&ssl);
  if (session_) {
    auto fresh = std::make_unique<tls_session::kept>();
    if (mbedtls_ssl_get_session(&ssl, &fresh->session) != 0) return false;
    fresh->context = context_;
    fresh->server_name = server_name_;
    session_->value = std::move(fresh);
    session_.reset();
  }
  if (ssl.session->peer_cert != nullptr) {
    mbedtls_x509_crt_free(ssl.session->peer_cert);
    mbedtls_free(std::exchange(ssl.session->peer_cert, nullptr));
  }
  ssl.in_msgtype = 0;  // from here on decrypt() looks whether another handshake begins
  if (core_->report()) core_->report()->identity = *who;
  identity_ = std::move(who);
  phase_ = phase::open;
  pace_ = nullptr;
  pool_ = nullptr;
  return true;
}

/// Whether the gate, asked once, has nothing against this peer. False: the stream has failed.
bool tls_stream::is_let_in() noexcept {
  const std::shared_ptr<handshake_gate> gate = std::move(gate_);
  try {
    if (!gate || gate->admits(lower_->peer())) return true;
  } catch (const std::bad_alloc&) {
    // Not today.
  }
  static_cast<void>(turn_away("too many handshakes from this address"));
  return false;
}

io_result tls_stream::turn_away(std::string_view why) noexcept {
  phase_ = phase::failed;
  error_ = {nanolib::error_domain::sys, EBUSY};
  try {
    failure_ = "TLS handshake: ";
    failure_ += why;
  } catch (const std::bad_alloc&) {
    failure_.clear();
  }
  return {io_result::outcome::failed, 0, error_};
}

// --- with a pool ---

/// A read during the handshake: what has come is kept until it can be given away.
io_result tls_stream::gather(std::span<std::byte> into) noexcept {
  if (!send_flight()) {
    if (phase_ == phase::failed) return {io_result::outcome::failed, 0, error_};
    return {io_result::outcome::would_block, 0, {}, io_result::room | io_result::stuck};
  }
  io_result result;
  if (take_next(result)) return result;
  const std::size_t space = most_gathered - std::min(most_gathered, left_over_.size());
  if (space == 0) return {io_result::outcome::would_block, 0, {}, io_result::stuck};
  const io_result below = lower_->read(into.first(std::min(into.size(), space)));
  if (below.what == io_result::outcome::would_block) return {below.what, 0, {}, below.hints};
  if (below.what != io_result::outcome::moved) return lost(below);
  try {
    left_over_.insert(left_over_.end(), into.begin(), into.begin() + static_cast<std::ptrdiff_t>(below.bytes));
  } catch (const std::bad_alloc&) {
    return turn_away("memory is short");
  }
  if (!take_next(result)) result = {};
  if (result.what == io_result::outcome::would_block) result.hints |= below.hints;
  return result;
}

/// The stream below has ended or failed.
io_result tls_stream::lost(const io_result& below) noexcept {
  if (core_) {
    core_->below = below;
    return fail(MBEDTLS_ERR_SSL_CONN_EOF);
  }
  given_up_->store(true, std::memory_order_relaxed);
  const bool is_end = below.what == io_result::outcome::closed;
  static_cast<void>(turn_away(is_end ? "the peer closed the connection" : nanolib::describe(below.error)));
  error_ = is_end ? tls_error(MBEDTLS_ERR_SSL_CONN_EOF) : below.error;
  return {io_result::outcome::failed, 0, error_};
}

/// Handles what is at the front of what has come, if it is whole. False: there is nothing to handle.
bool tls_stream::take_next(io_result& result) noexcept {
  if (!core_ || left_over_.size() < record_header) return false;
  if (const std::size_t whole = whole_records(left_over_); whole != 0) {
    result = give_away(whole);
    return true;
  }
  const record_view first(left_over_);
  if (first.is_handshake() || (first.is_alert() && first.size > left_over_.size())) return false;
  result = take_here(first.is_alert() ? first.size : record_header);
  return true;
}

/// What needs no computing: an alert, or a header that is none and on which mbedtls fails.
io_result tls_stream::take_here(std::size_t size) noexcept {
  const work with{*core_};
  if (!with) return turn_away("memory is short");
  core_->arrived = nanolib::bytes(left_over_).first(size);
  const int code = core_->shake_hands();
  left_over_.erase(left_over_.begin(), left_over_.begin() + static_cast<std::ptrdiff_t>(size));
  if (size == record_header) {
    // So that a client of another protocol can say where it has come to. No version has been agreed on.
    core_->ssl.major_ver = MBEDTLS_SSL_MAJOR_VERSION_3;
    core_->ssl.minor_ver = MBEDTLS_SSL_MINOR_VERSION_3;
    static_cast<void>(mbedtls_ssl_send_alert_message(&core_->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                                     MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE));
  }
  if (code == MBEDTLS_ERR_SSL_WANT_READ && size != record_header) {
    return {io_result::outcome::would_block, 0, {}, io_result::read_again};
  }
  return fail(code == MBEDTLS_ERR_SSL_WANT_READ ? MBEDTLS_ERR_SSL_INVALID_RECORD : code);
}

io_result tls_stream::give_away(std::size_t size) noexcept {
  if (!is_let_in()) return {io_result::outcome::failed, 0, error_};
  try {
    std::vector<std::byte> rest(left_over_.begin() + static_cast<std::ptrdiff_t>(size), left_over_.end());
    auto given_up = std::make_shared<std::atomic<bool>>(false);
    left_over_.resize(size);
    auto made = std::make_unique<errand>(*this, std::move(core_), std::move(left_over_), given_up);
    left_over_ = std::move(rest);
    if (!pool_->submit(std::move(made))) return turn_away("too many of them wait");
    given_up_ = std::move(given_up);
    return {};
  } catch (const std::bad_alloc&) {
    return turn_away("memory is short");
  }
}

/// From the loop's inbox: a step is done.
void tls_stream::come_back(std::unique_ptr<tls_core> core, std::vector<std::byte>&& rest, int code) noexcept {
  given_up_.reset();
  core_ = std::move(core);
  core_->lower = lower_.get();
  core_->below = {};
  flight_ = std::exchange(core_->flight, {});
  try {
    rest.insert(rest.end(), left_over_.begin(), left_over_.end());
    left_over_ = std::move(rest);
  } catch (const std::bad_alloc&) {
    code = MBEDTLS_ERR_SSL_ALLOC_FAILED;
  }
  if (code == 0) code = note_shaken();
  static_cast<void>(send_flight());
  if (phase_ != phase::failed && code != 0 && code != MBEDTLS_ERR_SSL_WANT_READ) static_cast<void>(fail(code));
  if (owner_ != nullptr) owner_->on_readable();
}

/// Sends what was computed elsewhere. False: it waits for room, or the stream has failed.
bool tls_stream::send_flight() noexcept {
  while (!flight_.empty()) {
    const iovec part{flight_.data(), flight_.size()};
    const io_result result = lower_->write({&part, 1});
    if (result.what == io_result::outcome::failed || result.what == io_result::outcome::closed) {
      if (!core_) {
        static_cast<void>(lost(result));
      } else {
        core_->below = result;
        core_->below.what = io_result::outcome::failed;
        static_cast<void>(fail(MBEDTLS_ERR_SSL_INTERNAL_ERROR));
      }
      return false;
    }
    if (result.what != io_result::outcome::moved || result.bytes == 0) return false;
    flight_.erase(flight_.begin(), flight_.begin() + static_cast<std::ptrdiff_t>(result.bytes));
  }
  std::vector<std::byte>().swap(flight_);
  return true;
}

}  // namespace nanonng::net
