#include "tls_core.hpp"

#include <mbedtls/ssl_internal.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace nanonng::net {

tls_core::tls_core(std::shared_ptr<const tls_context> of) noexcept : context(std::move(of)) { mbedtls_ssl_init(&ssl); }

tls_core::~tls_core() {
  tls_buffers::discard(ssl);
  mbedtls_ssl_free(&ssl);
}

bool tls_core::open(const tls_stream_options& options) {
  const tls_context::settings& shared = context->shared();
  if (mbedtls_ssl_setup(&ssl, &shared.config) != 0) return false;
  buffers_.adopt(ssl);
  mbedtls_ssl_set_bio(&ssl, static_cast<tls_peer*>(this), send, receive, nullptr);
  if (shared.verifies) mbedtls_ssl_set_verify(&ssl, tls_peer::verify, static_cast<tls_peer*>(this));
  report_to(options.report);
  return true;
}

int tls_core::receive(void* self, unsigned char* into, std::size_t size) noexcept {
  tls_core& my = static_cast<tls_core&>(*static_cast<tls_peer*>(self));
  if (!my.arrived.empty()) {
    const std::size_t now = std::min(size, my.arrived.size());
    std::memcpy(into, my.arrived.data(), now);
    my.arrived = my.arrived.subspan(now);
    return static_cast<int>(now);
  }
  if (my.direct) my.below = my.lower->read({reinterpret_cast<std::byte*>(into), size});
  switch (my.below.what) {
    case io_result::outcome::moved:
      return my.direct ? static_cast<int>(my.below.bytes) : MBEDTLS_ERR_SSL_WANT_READ;
    case io_result::outcome::would_block:
      return MBEDTLS_ERR_SSL_WANT_READ;
    case io_result::outcome::closed:
      return 0;
    case io_result::outcome::failed:
      break;
  }
  return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

int tls_core::send(void* self, const unsigned char* from, std::size_t size) noexcept {
  tls_core& my = static_cast<tls_core&>(*static_cast<tls_peer*>(self));
  if (my.lower == nullptr) {
    try {
      const auto* const first = reinterpret_cast<const std::byte*>(from);
      my.flight.insert(my.flight.end(), first, first + size);
      return static_cast<int>(size);
    } catch (const std::bad_alloc&) {
      return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
  }
  const iovec part{const_cast<unsigned char*>(from), size};
  const io_result result = my.lower->write({&part, 1});
  if (result.what == io_result::outcome::moved && result.bytes != 0) return static_cast<int>(result.bytes);
  if (result.what == io_result::outcome::moved || result.what == io_result::outcome::would_block) {
    return MBEDTLS_ERR_SSL_WANT_WRITE;
  }
  my.below = result;
  my.below.what = io_result::outcome::failed;
  return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

int tls_core::shake_hands() noexcept {
  int code = 0;
  while (code == 0 && ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
    code = mbedtls_ssl_handshake_step(&ssl);
    // Where none would do, mbedtls lets a bad certificate pass.
    if (code == 0 && flags() != 0) {
      static_cast<void>(
          mbedtls_ssl_send_alert_message(&ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_BAD_CERT));
      code = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    }
  }
  note_alert(code);
  return code;
}

}  // namespace nanonng::net
