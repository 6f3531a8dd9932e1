#include "tls_buffers.hpp"

#include <mbedtls/platform.h>
#include <mbedtls/ssl_internal.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace nanonng::net {

namespace {

// From malloc: mbedtls' own calloc would clear 33 KB at each burst of input for nothing.
unsigned char* make(std::size_t size) noexcept { return static_cast<unsigned char*>(std::malloc(size)); }

void drop(unsigned char*& buffer) noexcept { std::free(std::exchange(buffer, nullptr)); }

}  // namespace

void tls_buffers::adopt(mbedtls_ssl_context& from) noexcept {
  unsigned char* const in = std::exchange(from.in_buf, nullptr);
  unsigned char* const out = std::exchange(from.out_buf, nullptr);
  in_ = {from.in_hdr - in, from.in_len - in, from.in_iv - in, from.in_msg - in};
  out_ = {from.out_hdr - out, from.out_len - out, from.out_iv - out, from.out_msg - out};
  mbedtls_free(in);
  mbedtls_free(out);
}

bool tls_buffers::lend(mbedtls_ssl_context& to) noexcept {
  if (to.in_buf == nullptr) {
    unsigned char* const in = make(MBEDTLS_SSL_IN_BUFFER_LEN);
    if (in == nullptr) return false;
    to.in_buf = to.in_ctr = in;
    to.in_hdr = in + in_.header;
    to.in_len = in + in_.length;
    to.in_iv = in + in_.iv;
    to.in_msg = in + in_.message;
    std::memcpy(in, counter_.data(), counter_size);
    if (partial_) std::memcpy(to.in_hdr, partial_.get(), to.in_left);
    partial_.reset();
  }
  if (to.out_buf == nullptr) {
    unsigned char* const out = make(MBEDTLS_SSL_OUT_BUFFER_LEN);
    if (out == nullptr) return false;
    to.out_buf = to.out_ctr = out;
    to.out_hdr = out + out_.header;
    to.out_len = out + out_.length;
    to.out_iv = out + out_.iv;
    to.out_msg = out + out_.message;
  }
  return true;
}

void tls_buffers::keep_input(mbedtls_ssl_context& from) noexcept {
  if (from.in_left != 0) {
    partial_.reset(new (std::nothrow) unsigned char[from.in_left]);
    if (!partial_) return;
    std::memcpy(partial_.get(), from.in_hdr, from.in_left);
  }
  std::memcpy(counter_.data(), from.in_ctr, counter_size);
  in_ = {from.in_hdr - from.in_buf, from.in_len - from.in_buf, from.in_iv - from.in_buf, from.in_msg - from.in_buf};
  drop(from.in_buf);
}

void tls_buffers::take_back(mbedtls_ssl_context& from) noexcept {
  if (from.out_buf != nullptr && from.out_left == 0) {
    out_ = {from.out_hdr - from.out_buf, from.out_len - from.out_buf, from.out_iv - from.out_buf,
            from.out_msg - from.out_buf};
    drop(from.out_buf);
  }
  const bool half_read = from.in_offt != nullptr || from.in_hslen != 0 || from.keep_current_message != 0;
  if (from.in_buf == nullptr || half_read || from.in_left > most_kept) return;
  from.in_msglen = 0;  // what has been handled is not looked at again
  keep_input(from);
}

void tls_buffers::discard(mbedtls_ssl_context& from) noexcept {
  drop(from.in_buf);
  drop(from.out_buf);
}

}  // namespace nanonng::net
