#include "sp_listener_fixture.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <nng/supplemental/tls/tls.h>

#include <array>
#include <charconv>
#include <cstring>

#include "nanonng/net/timer.hpp"

namespace nanonng::net {
namespace {

constexpr std::size_t greeting_size = 8;

// The first message of a TLS handshake: TLS 1.2, ECDHE-ECDSA-AES128-GCM-SHA256, as OpenSSL writes it.
constexpr std::string_view client_hello(
    "\x16\x03\x01\x00\x83\x01\x00\x00\x7f\x03\x03\xda\x99\xfa\x10\xba\x9d\x0b\x09\x82\x64\xbb\xfa\xbe"
    "\xa4\x5b\xa5\x33\xdd\xa5\x58\x16\xd1\x52\xe5\x8f\x08\xca\x91\x3a\x7c\x01\x81\x00\x00\x04\xc0\x2b"
    "\x00\xff\x01\x00\x00\x52\x00\x0b\x00\x04\x03\x00\x01\x02\x00\x0a\x00\x0c\x00\x0a\x00\x1d\x00\x17"
    "\x00\x1e\x00\x19\x00\x18\x00\x23\x00\x00\x00\x16\x00\x00\x00\x17\x00\x00\x00\x0d\x00\x2a\x00\x28"
    "\x04\x03\x05\x03\x06\x03\x08\x07\x08\x08\x08\x09\x08\x0a\x08\x0b\x08\x04\x08\x05\x08\x06\x04\x01"
    "\x05\x01\x06\x01\x03\x03\x03\x01\x03\x02\x04\x02\x05\x02\x06\x02",
    136);

struct address {
  sockaddr_storage where{};
  socklen_t size = 0;
};

address address_of(const std::string& url) {
  address made;
  const auto path = url.substr(url.find("://") + 3);
  if (url.starts_with("ipc://") || url.starts_with("abstract://")) {
    sockaddr_un local{.sun_family = AF_UNIX, .sun_path = {}};
    const std::size_t begin = url.starts_with("abstract://") ? 1 : 0;
    std::memcpy(local.sun_path + begin, path.data(), path.size());
    made.size = static_cast<socklen_t>(begin == 0 ? sizeof local : offsetof(sockaddr_un, sun_path) + 1 + path.size());
    std::memcpy(&made.where, &local, sizeof local);
    return made;
  }
  const auto port_text = path.substr(path.rfind(':') + 1);
  std::uint16_t port = 0;
  (void)std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  const sockaddr_in local{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  std::memcpy(&made.where, &local, made.size = sizeof local);
  return made;
}

}  // namespace

early_peer::early_peer(const std::string& url) {
  const auto to = address_of(url);
  is_local_ = to.where.ss_family == AF_UNIX;
  // One that has stopped lets its queue fill, and with a full one a connection to a path would wait.
  descriptor_ = ::socket(to.where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | (is_local_ ? SOCK_NONBLOCK : 0), 0);
  (void)::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to.where), to.size);
  if (sp_url_has_tls(url)) (void)::send(descriptor_, client_hello.data(), client_hello.size(), MSG_NOSIGNAL);
}

early_peer::~early_peer() {
  (void)::shutdown(descriptor_, is_local_ ? SHUT_RDWR : SHUT_WR);
  // An end and then a reset make a write of the other side an EPIPE.
  const linger reset{.l_onoff = 1, .l_linger = 0};
  if (!is_local_) (void)::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(descriptor_);
}

bool early_peer::is_greeted() const {
  std::array<char, greeting_size> greeting{};
  std::size_t got = 0;
  pollfd one{.fd = descriptor_, .events = POLLIN, .revents = 0};
  while (got < greeting.size() && ::poll(&one, 1, static_cast<int>(patience.count() * 1000)) > 0) {
    const auto count = ::recv(descriptor_, greeting.data() + got, greeting.size() - got, 0);
    if (count <= 0) return false;
    got += static_cast<std::size_t>(count);
  }
  return got == greeting.size();
}

std::uint64_t figure_of(const std::string& url, std::string_view name) {
  std::uint64_t found = 0;
  nng_stat* all = nullptr;
  if (nng_stats_get(&all) != 0) return 0;
  for (nng_stat* each = nng_stat_child(all); each != nullptr; each = nng_stat_next(each)) {
    bool is_there = false;
    std::uint64_t value = 0;
    for (nng_stat* one = nng_stat_child(each); one != nullptr; one = nng_stat_next(one)) {
      const std::string_view what = nng_stat_name(one);
      if (what == "url") is_there = nng_stat_string(one) == url;
      if (what == name) value = nng_stat_value(one);
    }
    if (is_there && std::string_view(nng_stat_name(each)) == "listener") found += value;
  }
  nng_stats_free(all);
  return found;
}

void sp_listeners::is_made_anew(const std::string& at, const sp_socket_options& options) {
  struct listens final : sp_peer_observer {
    void on_peers(std::size_t) noexcept override {}
    void on_listener_renewed(const std::string& url) noexcept override { renewed = url; }
    std::string renewed;
  } heard;
  const auto made = open_watched(options, &heard);
  auto url = listen(*made, at);
  const auto named = url;
  if (const auto any = url.find('*'); any != std::string::npos) url.replace(any, 1, "127.0.0.1");
  ASSERT_TRUE(turn_until([&] {
    touch(url);
    return made->renewed_listeners() != 0;
  }));
  EXPECT_EQ(heard.renewed, named);
  plain_socket peer(nng_push0_open);
  nng_dialer dialer = NNG_DIALER_INITIALIZER;
  ASSERT_EQ(nng_dialer_create(&dialer, peer.handle(), url.c_str()), 0);
  if (sp_url_has_tls(url)) {
    ASSERT_EQ(nng_dialer_set_int(dialer, NNG_OPT_TLS_AUTH_MODE, NNG_TLS_AUTH_MODE_NONE), 0);
  }
  ASSERT_EQ(nng_dialer_start(dialer, NNG_FLAG_NONBLOCK), 0);
  EXPECT_TRUE(turn_until([&] { return made->peers() == 1; }));
}

bool sp_listeners::let_look(int times) {
  bool is_over = false;
  struct later final : timer {
    explicit later(bool& done) noexcept
        : timer([](timer& which, nanolib::instant) noexcept { static_cast<later&>(which).done_ = true; }),
          done_(done) {}
    bool& done_;
  } end(is_over);
  loop_->timers().set(end, loop_->now() + times * watched().listener_check);
  return turn_until([&] { return is_over; });
}

}  // namespace nanonng::net
