#include "sp_probe.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <new>
#include <string_view>

namespace nanonng::net {
namespace {

// As long as a greeting, and neither one of SP nor of TLS.
char no_greeting[] = {'\0', 'N', 'O', '\0', '\0', '\0', '\0', '\0'};

// Where a listener can be reached from here as a stream without TLS.
std::string stream_url(nng_listener at, const std::string& url) {
  nng_sockaddr bound{};
  if (nng_listener_get_addr(at, NNG_OPT_LOCADDR, &bound) != 0) return url;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bound.s_family == NNG_AF_INET) {
    const in_addr host{bound.s_in.sa_addr == htonl(INADDR_ANY) ? htonl(INADDR_LOOPBACK) : bound.s_in.sa_addr};
    (void)::inet_ntop(AF_INET, &host, text.data(), text.size());
    return "tcp://" + std::string(text.data()) + ":" + std::to_string(ntohs(bound.s_in.sa_port));
  }
  if (bound.s_family != NNG_AF_INET6) return url;
  in6_addr host{};
  std::memcpy(&host, bound.s_in6.sa_addr, sizeof host);
  if (IN6_IS_ADDR_UNSPECIFIED(&host)) host = in6addr_loopback;
  (void)::inet_ntop(AF_INET6, &host, text.data(), text.size());
  return "tcp://[" + std::string(text.data()) + "]:" + std::to_string(ntohs(bound.s_in6.sa_port));
}

}  // namespace

std::unique_ptr<sp_probe> sp_probe::begin(nng_listener at, const std::string& url) noexcept {
  try {
    std::unique_ptr<sp_probe> made(new sp_probe);
    if (nng_stream_dialer_alloc(&made->dialer_, stream_url(at, url).c_str()) != 0) return nullptr;
    if (!made->aio_.open(on_done, made.get())) return nullptr;
    nng_stream_dialer_dial(made->dialer_, made->aio_.get());
    return made;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

sp_probe::~sp_probe() {
  aio_.close();
  if (stream_ != nullptr) nng_stream_free(stream_);
  if (dialer_ != nullptr) nng_stream_dialer_free(dialer_);
}

// On a thread of nng's: connected, or said what there is to say.
void sp_probe::on_done(void* self) noexcept {
  auto& of = *static_cast<sp_probe*>(self);
  if (nng_aio_result(of.aio_.get()) != 0) return;
  if (of.stream_ != nullptr) return of.has_knocked_.store(true, std::memory_order_release);
  of.stream_ = static_cast<nng_stream*>(nng_aio_get_output(of.aio_.get(), 0));
  const nng_iov all{.iov_buf = static_cast<void*>(no_greeting), .iov_len = sizeof no_greeting};
  if (nng_aio_set_iov(of.aio_.get(), 1, &all) == 0) nng_stream_send(of.stream_, of.aio_.get());
}

}  // namespace nanonng::net
