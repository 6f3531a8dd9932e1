#include "nanonng/net/sp_socket.hpp"

#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "nanonng/net/thread.hpp"
#include "sp_dialer.hpp"
#include "sp_listener.hpp"
#include "sp_mailbox.hpp"
#include "sp_port.hpp"

namespace nanonng::net {
namespace {

using nanolib::error;
using nanolib::error_domain;

std::unexpected<error> nng_failure(int code) noexcept { return std::unexpected(error{error_domain::nng, code}); }

using opener = int (*)(nng_socket*);
constexpr std::array<opener, sp_protocol_count> openers{
    nng_pub0_open, nng_sub0_open, nng_push0_open, nng_pull0_open,     nng_pair0_open,       nng_pair1_open,
    nng_bus0_open, nng_req0_open, nng_rep0_open,  nng_surveyor0_open, nng_respondent0_open,
};

// How the end of a socket is waited for.
struct closing {
  std::mutex mutex;
  std::condition_variable_any over;
  bool is_over = false;
};
// nng needs less than a millisecond for it.
constexpr std::chrono::milliseconds closing_limit{250};

// nng_close() of nng 1.5.2 never returns when a message's length has just been read and its body has not: the read of the
// body is refused without a word, and nng's reaper waits for it. So a thread does it that nobody has to wait for.
// `mailbox` stays until no callback of the socket can come.
void close_beside(nng_socket which, sp_mailbox_ptr mailbox) noexcept {
  try {
    const auto end = std::make_shared<closing>();
    auto started = start_thread([which, end, kept = std::move(mailbox)]() noexcept {
      nng_close(which);
      const std::scoped_lock held(end->mutex);
      end->is_over = true;
      end->over.notify_all();
    });
    if (!started) {
      nng_close(which);
      return;
    }
    std::thread thread = *std::move(started);
    std::unique_lock held(end->mutex);
    (void)end->over.wait_for(held, closing_limit, [&] { return end->is_over; });
    thread.detach();
  } catch (const std::bad_alloc&) {
    nng_close(which);
  }
}

}  // namespace

struct sp_socket::peer_count final : sp_event_handler {
  peer_count(sp_socket& of, sp_peer_observer* who)
      : home(of), observer(who), mailbox(sp_mailbox_ptr::adopt(new sp_mailbox(of.loop_, *this))) {}

  static void on_pipe(nng_pipe pipe, nng_pipe_ev what, void* argument) noexcept {
    using enum sp_event::kind;
    const auto kind = what == NNG_PIPE_EV_ADD_PRE ? peer_begins : what == NNG_PIPE_EV_ADD_POST ? peer_came : peer_went;
    const auto id = static_cast<std::uint32_t>(nng_pipe_id(pipe));
    // Later a dialer may have ended that made it.
    const auto dialer = kind == peer_begins ? static_cast<std::uint32_t>(nng_dialer_id(nng_pipe_dialer(pipe))) : 0;
    (void)static_cast<sp_mailbox*>(argument)->put({.what = kind, .slot = id, .dialer = dialer});
  }
  // Two of nng's threads say that a peer is there and that it has gone, in either order when it goes at once; that it
  // begins is always said before. One that was turned away, as a second peer of a pair is, goes without having come.
  void on_event(sp_event& one) noexcept override {
    if (one.what == sp_event::kind::dialed) {
      if (auto* const by = home.dialer_of(one.dialer)) by->on_dialed(one.error);
      return;
    }
    if (one.what == sp_event::kind::peer_begins) {
      try {
        pipes.emplace(one.slot, peer{.dialer = one.dialer});
      } catch (const std::bad_alloc&) {
        // It is not counted, then.
      }
      return;
    }
    const auto found = pipes.find(one.slot);
    if (found == pipes.end()) return;
    auto* const by = home.dialer_of(found->second.dialer);
    if (one.what == sp_event::kind::peer_came) {
      found->second.has_come = true;
      ++present;
      if (by != nullptr) by->on_came();
    } else {
      const bool had_come = found->second.has_come;
      if (had_come) --present;
      pipes.erase(found);
      if (by != nullptr) by->on_went(had_come);
    }
  }
  void on_batch_end() noexcept override {
    if (observer != nullptr && std::exchange(told, present) != present) observer->on_peers(present);
  }

  struct peer {
    std::uint32_t dialer;
    bool has_come = false;
  };
  sp_socket& home;
  sp_peer_observer* observer;
  sp_mailbox_ptr mailbox;
  std::map<std::uint32_t, peer> pipes;
  std::size_t present = 0;
  std::size_t told = 0;
};

bool sp_url_has_impossible_port(const std::string& url) noexcept {
  nng_url* read = nullptr;
  if (nng_url_parse(&read, url.c_str()) != 0) return false;  // nng says what is wrong
  const std::string_view port = read->u_port == nullptr ? "" : read->u_port;
  const bool numeric = !port.empty() && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  unsigned long number = 0;
  (void)std::from_chars(port.data(), port.data() + port.size(), number);
  const bool impossible = numeric && (port.size() > 5 || number == 0 || number > 65'535);
  nng_url_free(read);
  return impossible;
}

sp_socket::sp_socket(event_loop& loop, sp_protocol protocol, const sp_socket_options& options, nng_socket made) noexcept
    : loop_(loop), protocol_(protocol), options_(options), socket_(made) {}

nanolib::result<std::unique_ptr<sp_socket>> sp_socket::open(event_loop& loop, sp_protocol protocol,
                                                            const sp_socket_options& options,
                                                            sp_peer_observer* observer) noexcept {
  nng_socket made = NNG_SOCKET_INITIALIZER;
  if (const int code = openers[std::to_underlying(protocol)](&made); code != 0) return nng_failure(code);
  std::unique_ptr<sp_socket> socket(new (std::nothrow) sp_socket(loop, protocol, options, made));
  if (!socket) {
    nng_close(made);
    return nng_failure(NNG_ENOMEM);
  }
  if (const int code = socket->set_options(); code != 0) return nng_failure(code);
  if (const int code = socket->watch_peers(observer); code != 0) return nng_failure(code);
  return socket;
}

sp_socket::~sp_socket() {
  sp_mailbox_ptr mailbox;
  if (peers_) {
    mailbox = peers_->mailbox;
    mailbox->close();
  }
  listeners_.clear();
  dialers_.clear();
  close_beside(socket_, std::move(mailbox));
}

int sp_socket::set_options() noexcept {
  const int code = nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, options_.maximum_message_size);
  const auto& traits = traits_of(protocol_);
  if (traits.waits || traits.asks || traits.answers) return code;
  // Not every protocol has both buffers.
  if (traits.sends) (void)nng_socket_set_int(socket_, NNG_OPT_SENDBUF, options_.peer_buffer);
  if (traits.receives) (void)nng_socket_set_int(socket_, NNG_OPT_RECVBUF, options_.peer_buffer);
  return code;
}

int sp_socket::watch_peers(sp_peer_observer* observer) noexcept {
  try {
    peers_ = std::make_unique<peer_count>(*this, observer);
  } catch (const std::bad_alloc&) {
    return NNG_ENOMEM;
  }
  auto* const to = peers_->mailbox.get();
  for (const auto what : {NNG_PIPE_EV_ADD_PRE, NNG_PIPE_EV_ADD_POST, NNG_PIPE_EV_REM_POST}) {
    if (const int code = nng_pipe_notify(socket_, what, peer_count::on_pipe, to); code != 0) return code;
  }
  return 0;
}

std::size_t sp_socket::peers() const noexcept { return peers_->present; }

nanolib::result<std::string> sp_socket::listen(const std::string& url) {
  auto made = sp_listener::open(loop_, socket_, options_, url, peers_->observer);
  if (!made) return std::unexpected(made.error());
  listeners_.push_back(*std::move(made));
  return listeners_.back()->url();
}

std::uint64_t sp_socket::renewed_listeners() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& each : listeners_) sum += each->renewals();
  return sum;
}

nanolib::result<void> sp_socket::dial(const std::string& url) {
  if (sp_url_has_impossible_port(url)) return nng_failure(NNG_EADDRINVAL);
  auto made = sp_dialer::open(*peers_->mailbox, loop_, socket_, options_, url, peers_->observer);
  if (!made) return std::unexpected(made.error());
  dialers_.push_back(*std::move(made));
  return {};
}

sp_dialer* sp_socket::dialer_of(std::uint32_t id) const noexcept {
  const auto found = std::ranges::find(dialers_, id, &sp_dialer::id);
  return found == dialers_.end() ? nullptr : found->get();
}

nanolib::result<void> sp_socket::subscribe(std::string_view prefix) noexcept {
  const int code = nng_socket_set(socket_, NNG_OPT_SUB_SUBSCRIBE, prefix.data(), prefix.size());
  if (code != 0) return nng_failure(code);
  return {};
}

std::string sp_error_text(const error& what) {
  if (what.domain != error_domain::nng) return std::string(nanolib::describe(what));
  std::string text = nng_strerror(what.code);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace nanonng::net
