// Taking connections in, also when descriptors run out.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "nanonng/net/listener.hpp"

namespace nanonng::net {

namespace {

constexpr nanolib::duration rest_time{100};

int reserve_descriptor() noexcept { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

/// Small segments wait until there is more to send, or an answer.
void let_wait(int descriptor) noexcept {
  const int off = 0;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &off, sizeof off);
}

}  // namespace

acceptor::rest_timer::rest_timer(acceptor& of) noexcept
    : timer([](timer& self, nanolib::instant) noexcept {
        acceptor& rested = static_cast<rest_timer&>(self).whose;
        // Still out of what it takes to watch a socket: later.
        if (!rested.start()) rested.rest(false);
      }),
      whose(of) {}

acceptor::acceptor(event_loop& loop, std::shared_ptr<listening_socket> from, on_accept handler)
    : loop_(loop),
      from_(std::move(from)),
      handler_(std::move(handler)),
      rest_(*this),
      reserved_(reserve_descriptor()) {}

acceptor::~acceptor() { close(); }

nanolib::result<void> acceptor::start() noexcept {
  if (watching_ || from_ == nullptr) return {};
  auto added = loop_.descriptors().add(from_->descriptor(), interest::read, *this, watch::exclusive);
  watching_ = added.has_value();
  return added;
}

void acceptor::close() noexcept {
  if (watching_) loop_.descriptors().remove(from_->descriptor(), *this);
  watching_ = false;
  rest_.cancel();
  from_.reset();
  if (reserved_ >= 0) ::close(std::exchange(reserved_, -1));
}

void acceptor::on_readable() noexcept {
  for (int turn = 0; turn < accepts_per_turn && watching_; ++turn) {
    const int descriptor = ::accept4(from_->descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      ++accepted_;
      auto accepted = make_socket_stream(descriptor);
      if (!accepted) continue;
      if (!from_->how().nodelay) let_wait(descriptor);
      handler_(std::move(accepted));
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    const bool out_of_descriptors = errno == EMFILE || errno == ENFILE;
    if (out_of_descriptors || errno == ENOBUFS || errno == ENOMEM) return rest(out_of_descriptors);
    // Anything else is about one connection that went away before it was taken (accept(2)).
  }
}

/// Waiting connections would make the socket ready at every wait: one is turned away, the others wait a little.
void acceptor::rest(bool out_of_descriptors) noexcept {
  ++exhausted_;
  if (out_of_descriptors && reserved_ >= 0) {
    ::close(reserved_);
    const int refused = ::accept4(from_->descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (refused >= 0) ::close(refused);
  }
  if (reserved_ < 0 || out_of_descriptors) reserved_ = reserve_descriptor();
  rest_until(loop_.now() + rest_time);
}

void acceptor::rest_until(nanolib::instant when) noexcept {
  if (from_ == nullptr) return;
  if (watching_) loop_.descriptors().remove(from_->descriptor(), *this);
  watching_ = false;
  loop_.timers().set(rest_, when);
}

}  // namespace nanonng::net
