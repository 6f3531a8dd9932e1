// What mbedtls has of a connection, in one piece. Private to the folder.
//
// A stream and its core are apart so that the core can be given away: while a handshake is computed on a thread of its own
// the stream has none, and cannot touch what that thread works on.
#pragma once

#include <mbedtls/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanonng/net/tls_stream.hpp"
#include "tls_buffers.hpp"
#include "tls_peer.hpp"
#include "tls_settings.hpp"

namespace nanonng::net {

/// Thread: whoever owns it. `lower` is null while that is not the stream: input is `arrived` alone then, and output is
/// collected in `flight`.
struct tls_core final : tls_peer {
  explicit tls_core(std::shared_ptr<const tls_context> of) noexcept;
  tls_core(const tls_core&) = delete;
  tls_core& operator=(const tls_core&) = delete;
  ~tls_core();
  /// False when memory is short.
  [[nodiscard]] bool open(const tls_stream_options& options);

  class work;

  /// Goes on with the handshake: 0 once it is over, or mbedtls' reason to stop. Within a `work`.
  [[nodiscard]] int shake_hands() noexcept;
  /// Remembers what the peer said last, before the buffers go.
  void note_alert(int code) noexcept {
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && ssl.in_msg != nullptr) alert = ssl.in_msg[1];
  }

  std::shared_ptr<const tls_context> context;
  stream* lower = nullptr;
  mbedtls_ssl_context ssl;
  nanolib::bytes arrived;         ///< read from below and not yet taken
  io_result below{};              ///< how the last read or write below ended
  std::vector<std::byte> flight;  ///< what is to be sent and could not be, away from the stream
  unsigned alert = 0;             ///< the peer's last
  bool direct = false;            ///< mbedtls reads below itself, for want of room to read ahead

 private:
  static int receive(void* self, unsigned char* into, std::size_t size) noexcept;
  static int send(void* self, const unsigned char* from, std::size_t size) noexcept;

  tls_buffers buffers_;
};

/// mbedtls works only between begin and end of one of these.
class tls_core::work {
 public:
  explicit work(tls_core& of) noexcept : of_(of), ready_(of.buffers_.lend(of.ssl)) { of_.below = {}; }
  work(const work&) = delete;
  work& operator=(const work&) = delete;
  ~work() {
    of_.arrived = {};
    of_.direct = false;
    of_.buffers_.take_back(of_.ssl);
  }
  explicit operator bool() const noexcept { return ready_; }

 private:
  tls_core& of_;
  bool ready_;
};

}  // namespace nanonng::net
