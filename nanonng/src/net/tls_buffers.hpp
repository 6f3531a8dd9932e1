// mbedtls' record buffers, lent while it works. Private to the folder.
//
// The context keeps 2 × 16.7 KB for records that it reads and writes. While nothing is being sent and no record is half
// consumed their only content is the counter of incoming records and the bytes of an incomplete one: those are kept
// here and the memory is freed. Writes to fields of mbedtls_ssl_context, whose layout the 2.28 line does not change.
#pragma once

#include <mbedtls/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace nanonng::net {

/// Thread: loop-confined. Owns: the buffers, from adopt() on.
class tls_buffers {
 public:
  tls_buffers() = default;
  tls_buffers(const tls_buffers&) = delete;
  tls_buffers& operator=(const tls_buffers&) = delete;
  ~tls_buffers() = default;

  /// Takes the buffers that mbedtls_ssl_setup() has made away from a context.
  void adopt(mbedtls_ssl_context& from) noexcept;
  /// False when memory is short.
  [[nodiscard]] bool lend(mbedtls_ssl_context& to) noexcept;
  /// Takes back what is not in use.
  void take_back(mbedtls_ssl_context& from) noexcept;
  /// Takes everything back, whatever is in it: before mbedtls_ssl_free().
  static void discard(mbedtls_ssl_context& from) noexcept;

 private:
  static constexpr std::size_t counter_size = 8;
  /// More of an incomplete record stays where it is.
  static constexpr std::size_t most_kept = 4096;
  struct offsets {
    std::ptrdiff_t header = 0, length = 0, iv = 0, message = 0;
  };
  void keep_input(mbedtls_ssl_context& from) noexcept;

  offsets in_;
  offsets out_;
  std::array<unsigned char, counter_size> counter_{};
  std::unique_ptr<unsigned char[]> partial_;  ///< in_left bytes of an incomplete record
};

}  // namespace nanonng::net
