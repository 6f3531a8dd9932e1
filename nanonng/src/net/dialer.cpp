// The attempts of a dialer: one socket each, the first that stands wins.
#include "nanonng/net/dialer.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nanonng::net {

namespace {

nanolib::error system_error(int code) noexcept { return {nanolib::error_domain::sys, code}; }

/// The file of a Unix socket as an address.
socket_address unix_address(const std::string& path) noexcept {
  socket_address made;
  auto& name = reinterpret_cast<sockaddr_un&>(made.storage);
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), std::min(path.size(), sizeof name.sun_path - 1));
  made.size = sizeof name;
  return made;
}

int open_socket(int family) noexcept {
#ifdef SOCK_CLOEXEC
  return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
  const int made = ::socket(family, SOCK_STREAM, 0);
  if (made >= 0) {
    ::fcntl(made, F_SETFL, O_NONBLOCK);
    ::fcntl(made, F_SETFD, FD_CLOEXEC);
  }
  return made;
#endif
}

}  // namespace

/// A socket that connects.
struct dialer::attempt final : io_handler {
  attempt(dialer& owner, int socket) noexcept : whose(owner), descriptor(socket) {}
  ~attempt() override {
    stop_watching();
    if (descriptor >= 0) ::close(descriptor);
  }
  void on_readable() noexcept override { settle(); }
  void on_writable() noexcept override { settle(); }

  void settle() noexcept {
    int code = 0;
    socklen_t size = sizeof code;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
    if (code == EINPROGRESS || code == EALREADY) return;
    if (code != 0) return whose.failed(*this, system_error(code));
    whose.connected(*this);
  }
  void stop_watching() noexcept {
    if (std::exchange(watched, false)) whose.loop_.descriptors().remove(descriptor, *this);
  }

  dialer& whose;
  int descriptor;
  bool watched = false;
};

/// Tells the end in a place where the handler may do anything.
class dialer::settled_item final : public inbox_item {
 public:
  explicit settled_item(std::weak_ptr<dialer*> to) noexcept : to_(std::move(to)) {}
  void run() noexcept override {
    if (const auto alive = to_.lock()) (*alive)->tell();
  }

 private:
  std::weak_ptr<dialer*> to_;
};

dialer::dialer(event_loop& loop, const endpoint& where, nanolib::instant deadline, on_end handler,
               stream_factory factory, const std::string& from)
    : loop_(loop),
      handler_(std::move(handler)),
      factory_(factory ? std::move(factory) : stream_factory(make_socket_stream)),
      from_(from.empty() ? std::vector<socket_address>() : numeric_addresses(from, 0)),
      self_(std::make_shared<dialer*>(this)),
      head_start_(*this),
      deadline_(*this) {
  if (deadline != nanolib::never) loop_.timers().set(deadline_, deadline);
  if (where.kind == endpoint::transport::unix_socket) {
    addresses_.push_back(unix_address(where.host));
  } else {
    addresses_ = numeric_addresses(where.host, where.port);
  }
  if (!addresses_.empty()) {
    try_next();
    return;
  }
  lookup_ = std::make_unique<lookup>(loop_, where.host, where.port, [this](auto found) { resolved(std::move(found)); });
}

void dialer::resolved(nanolib::result<std::vector<socket_address>> found) noexcept {
  if (!found) return finish(std::unexpected(found.error()));
  addresses_ = *std::move(found);
  last_error_ = system_error(EADDRNOTAVAIL);
  try_next();
}

dialer::~dialer() = default;

/// Begins with the next address that can be begun with.
void dialer::try_next() noexcept {
  while (next_ < addresses_.size()) {
    const socket_address& address = addresses_[next_++];
    if (begin(address)) return;
  }
  if (attempts_.empty()) finish(std::unexpected(last_error_));
}

bool dialer::begin(const socket_address& address) noexcept {
  const int descriptor = open_socket(address.storage.ss_family);
  if (descriptor < 0) {
    last_error_ = nanolib::last_system_error();
    return false;
  }
  std::unique_ptr<attempt> made(new (std::nothrow) attempt(*this, descriptor));
  if (!made) {
    ::close(descriptor);
    last_error_ = system_error(ENOMEM);
    return false;
  }
  if (!bind_source(descriptor, address.storage.ss_family)) return false;
  const bool at_once = ::connect(descriptor, address.get(), address.size) == 0;
  if (!at_once && errno != EINPROGRESS && errno != EINTR) {
    last_error_ = nanolib::last_system_error();
    return false;
  }
  if (at_once) {
    connected(*made);
    return true;
  }
  if (const auto added = loop_.descriptors().add(descriptor, interest::write, *made); !added) {
    last_error_ = added.error();
    return false;
  }
  made->watched = true;
  try {
    attempts_.push_back(std::move(made));
  } catch (const std::bad_alloc&) {
    last_error_ = system_error(ENOMEM);
    return false;
  }
  if (next_ < addresses_.size()) loop_.timers().set(head_start_, loop_.now() + head_start);
  return true;
}

bool dialer::bind_source(int descriptor, int family) noexcept {
  if (from_.empty() || family == AF_UNIX) return true;
  const socket_address& source = from_.front();
  if (source.storage.ss_family != family) {
    last_error_ = system_error(EAFNOSUPPORT);
    return false;
  }
  if (::bind(descriptor, source.get(), source.size) == 0) return true;
  last_error_ = nanolib::last_system_error();
  return false;
}

void dialer::connected(attempt& which) noexcept {
  which.stop_watching();
  auto made = factory_(std::exchange(which.descriptor, -1));
  if (made) return finish(std::move(made));
  finish(std::unexpected(system_error(ENOMEM)));
}

void dialer::failed(attempt& which, nanolib::error why) noexcept {
  last_error_ = why;
  std::erase_if(attempts_, [&](const auto& each) { return each.get() == &which; });
  try_next();
}

/// Nothing more is tried; the handler hears of it from the inbox.
void dialer::finish(nanolib::result<std::unique_ptr<stream>> with) noexcept {
  if (ended_) return;
  ended_ = true;
  settled_ = std::move(with);
  head_start_.cancel();
  deadline_.cancel();
  lookup_.reset();
  for (const auto& each : attempts_) each->stop_watching();
  std::unique_ptr<settled_item> item(new (std::nothrow) settled_item(self_));
  if (item) return loop_.post(std::move(item));
  loop_.timers().set(deadline_, loop_.now());  // memory is short: the timer tells it
}

void dialer::tell() noexcept {
  const on_end handler = std::move(handler_);
  handler(std::move(settled_));
}

void dialer::on_head_start_over(nanolib::instant) noexcept { try_next(); }

void dialer::on_deadline(nanolib::instant) noexcept {
  if (ended_) return tell();
  finish(std::unexpected(system_error(ETIMEDOUT)));
}

}  // namespace nanonng::net
