#include "sp_dialer.hpp"

#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>
#include <nng/transport/tls/tls.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <new>
#include <utility>

#include "nanonng/net/thread.hpp"

namespace nanonng::net {
namespace {

using nanolib::duration;

/// A connection that lasts so long is one.
constexpr duration settled{1'000};
/// The same reason is told again after so long, and then after twice as long each time.
constexpr duration first_repetition = std::chrono::minutes(1);
constexpr duration rarest_repetition = std::chrono::hours(1);
/// nng's own next attempt: never, as far as anybody can wait.
constexpr nng_duration never_by_itself = 7 * 24 * 3'600 * 1'000;

}  // namespace

nanolib::result<std::unique_ptr<sp_dialer>> sp_dialer::open(sp_mailbox& results, event_loop& loop, nng_socket socket,
                                                            const sp_socket_options& options, const std::string& url,
                                                            sp_peer_observer* observer) {
  std::unique_ptr<sp_dialer> made(new sp_dialer(results, loop, socket, options, url, observer));
  if (const int code = made->create(); code != 0) {
    return std::unexpected(nanolib::error{nanolib::error_domain::nng, code});
  }
  made->try_once();
  return made;
}

sp_dialer::~sp_dialer() {
  if (!attempt_.joinable()) return;  // the socket's end is the end of its connections
  nng_dialer_close(dialer_);
  attempt_.join();
}

int sp_dialer::create() noexcept {
  int code = nng_dialer_create(&dialer_, socket_, url_.c_str());
  if (code != 0) return code;
  if (sp_url_has_tls(url_) && !options_.tls.ca.empty()) {
    code = nng_dialer_set_string(dialer_, NNG_OPT_TLS_CA_FILE, options_.tls.ca.c_str());
  }
  if (code == 0 && sp_url_has_tls(url_) && !options_.tls.certificate_key.empty()) {
    code = nng_dialer_set_string(dialer_, NNG_OPT_TLS_CERT_KEY_FILE, options_.tls.certificate_key.c_str());
  }
  if (code == 0 && sp_url_is_websocket(url_)) {
    code = nng_dialer_set_size(dialer_, NNG_OPT_WS_RECVMAXFRAME, options_.maximum_message_size);
  }
  if (code == 0) code = nng_dialer_set_ms(dialer_, NNG_OPT_RECONNMINT, never_by_itself);
  if (code == 0) code = nng_dialer_set_ms(dialer_, NNG_OPT_RECONNMAXT, never_by_itself);
  if (code != 0) nng_dialer_close(dialer_);
  return code;
}

// There is a dialer that has not started.
void sp_dialer::try_once() noexcept {
  came_ = went_ = false;
  state_ = state::trying;
  auto started = [this]() noexcept -> nanolib::result<std::thread> {
    try {
      return start_thread([which = dialer_, to = sp_mailbox_ptr::share(&results_)]() noexcept {
        const int code = nng_dialer_start(which, 0);
        const auto id = static_cast<std::uint32_t>(nng_dialer_id(which));
        (void)to->put({.what = sp_event::kind::dialed, .slot = id, .error = code, .dialer = id});
      });
    } catch (const std::bad_alloc&) {
      return std::unexpected(nanolib::error{nanolib::error_domain::nng, NNG_ENOMEM});
    }
  }();
  if (started) {
    attempt_ = *std::move(started);
    return;
  }
  nng_dialer_close(dialer_);
  fail(cause::other, NNG_ENOMEM);
  try_later();
}

void sp_dialer::on_timer(nanolib::instant) noexcept {
  if (state_ == state::waiting) {
    const int code = create();
    if (code == 0) return try_once();
    fail(cause::other, code);
    return try_later();
  }
  // The connection has lasted.
  if (told_causes_ != 0 && observer_ != nullptr) observer_->on_dialed(url_, failures_);
  failures_ = 0;
  short_lived_ = 0;
  told_causes_ = 0;
  pause_ = options_.reconnect_minimum;
}

void sp_dialer::on_dialed(int code) noexcept {
  if (!attempt_.joinable()) return;
  attempt_.join();
  state_ = state::connected;
  if (code == 0) return went_ ? end_connection() : void();
  nng_dialer_close(dialer_);
  fail(cause_of(code), code);
  try_later();
}

void sp_dialer::on_came() noexcept {
  if (state_ == state::waiting) return;
  came_ = true;
  came_at_ = loop_.now();
  loop_.timers().set(timer_, came_at_ + settled);
}

void sp_dialer::on_went(bool came) noexcept {
  went_ = true;
  came_ = came;
  if (state_ == state::connected) end_connection();
}

void sp_dialer::end_connection() noexcept {
  nng_dialer_close(dialer_);
  if (!came_) {
    fail(cause::turned_away, NNG_EPROTO);
  } else if (loop_.now() - came_at_ < settled && ++short_lived_ > 1) {
    fail(cause::short_lived, NNG_ECONNSHUT);
  }
  try_later();
}

void sp_dialer::fail(cause why, int code) noexcept {
  ++failures_;
  if (observer_ == nullptr) return;
  try {
    const std::string text =
        why == cause::other ? sp_error_text({nanolib::error_domain::nng, code}) : std::string(text_of(why));
    observer_->on_dial_failed({.url = url_, .why = text, .in_a_row = failures_, .is_news = is_news(why)});
  } catch (const std::bad_alloc&) {
    observer_->on_dial_failed({.url = url_, .why = {}, .in_a_row = failures_, .is_news = false});
  }
}

bool sp_dialer::is_news(cause why) noexcept {
  const auto bit = 1U << static_cast<unsigned>(why);
  const auto now = loop_.now();
  if (told_causes_ == 0) tell_after_ = first_repetition;
  if ((told_causes_ & bit) != 0) {
    if (now < tell_again_) return false;
    tell_after_ = std::min(tell_after_ * 2, rarest_repetition);
  }
  told_causes_ |= bit;
  tell_again_ = now + tell_after_;
  return true;
}

// Not all at the same time who have lost the same peer.
void sp_dialer::try_later() noexcept {
  state_ = state::waiting;
  const auto spread = static_cast<std::uint32_t>(pause_.count() / 2);
  const duration wait(pause_.count() - static_cast<duration::rep>(nng_random() % (spread + 1)));
  loop_.timers().set(timer_, loop_.now() + wait);
  pause_ = std::min(pause_ * 2, std::max(options_.reconnect_minimum, options_.reconnect_maximum));
}

sp_dialer::cause sp_dialer::cause_of(int code) noexcept {
  switch (code) {
    case NNG_EADDRINVAL:
      return cause::host;
    case NNG_ECONNREFUSED:
    case NNG_ENOENT:
      return cause::refused;
    case NNG_ECLOSED:
    case NNG_ECONNSHUT:
    case NNG_ECONNRESET:
    case NNG_ECONNABORTED:
      return cause::closed;
    case NNG_EPROTO:
      return cause::no_sp;
    case NNG_EPEERAUTH:
      return cause::untrusted;
    case NNG_ECRYPTO:
      return cause::no_tls;
    case NNG_ETIMEDOUT:
      return cause::silent;
    default:
      return cause::other;
  }
}

std::string_view sp_dialer::text_of(cause why) noexcept {
  constexpr std::array<std::string_view, 9> texts{
      "the host is not known",
      "connection refused: nobody listens there",
      "the peer closes the connection before it has greeted: it may be none of SP, or speak TLS",
      "the peer does not speak SP, or not over this transport",
      "the peer's certificate is not trusted",
      "TLS failed: the peer's certificate is not trusted or has another name, or it speaks no TLS",
      "no answer in time",
      "the peer speaks another protocol of SP, or a pair has its peer already",
      "the peer closes the connection at once: a pair may have its peer already"};
  return texts[static_cast<std::size_t>(why)];
}

}  // namespace nanonng::net
