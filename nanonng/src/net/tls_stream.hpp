// TLS over another stream, with mbedtls. Private to the folder.
#pragma once

#include <mbedtls/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanonng/net/tls_stream.hpp"
#include "tls_buffers.hpp"
#include "tls_peer.hpp"
#include "tls_settings.hpp"

namespace nanonng::net {

struct tls_session::kept {
  kept() noexcept { mbedtls_ssl_session_init(&session); }
  kept(const kept&) = delete;
  kept& operator=(const kept&) = delete;
  ~kept() { mbedtls_ssl_session_free(&session); }
  mbedtls_ssl_session session;
  std::shared_ptr<const tls_context> context;
  std::string server_name;
};

/// See make_tls_stream(). Input of a call is in `arrived_` while it runs; mbedtls takes it from there record by record.
class tls_stream final : public stream, private tls_peer {
 public:
  tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> over) noexcept;
  ~tls_stream() override;
  /// False when memory is short.
  [[nodiscard]] bool open(const tls_stream_options& options);

  io_result read(std::span<std::byte> into) noexcept override;
  io_result write(std::span<const iovec> from) noexcept override;
  void finish() noexcept override;
  [[nodiscard]] std::uint8_t wants() const noexcept override;
  [[nodiscard]] int descriptor() const noexcept override { return lower_->descriptor(); }
  [[nodiscard]] std::string peer() const override { return lower_->peer(); }
  [[nodiscard]] const tls_identity* identity() const noexcept override { return identity_.get(); }
  [[nodiscard]] std::string failure() const override { return failure_.empty() ? lower_->failure() : failure_; }

 private:
  enum class phase : std::uint8_t { handshake, open, ended, failed };
  class work;

  static int receive(void* self, unsigned char* into, std::size_t size) noexcept;
  static int send(void* self, const unsigned char* from, std::size_t size) noexcept;

  [[nodiscard]] bool set_up_client(const tls_stream_options& options);
  void read_below(std::span<std::byte> into) noexcept;
  [[nodiscard]] int shake_hands() noexcept;
  [[nodiscard]] bool shaken();
  [[nodiscard]] bool keep_left_over() noexcept;
  [[nodiscard]] io_result decrypt(std::span<std::byte> into) noexcept;
  [[nodiscard]] io_result stopped(int code, std::size_t moved) noexcept;
  [[nodiscard]] io_result seal(std::span<const iovec> from) noexcept;
  [[nodiscard]] io_result fail(int code) noexcept;
  void say_what_broke() noexcept;
  void add_hint();
  void say_why(int code);
  [[nodiscard]] bool has_own_output() const noexcept { return ssl_.out_left != 0 && sealed_ == 0; }

  std::shared_ptr<const tls_context> context_;
  std::unique_ptr<stream> lower_;
  mbedtls_ssl_context ssl_;
  tls_buffers buffers_;
  handshake_pace* pace_ = nullptr;
  std::shared_ptr<tls_session> session_;
  std::string server_name_;
  std::unique_ptr<tls_identity> identity_;
  std::string failure_;
  nanolib::bytes arrived_;            ///< read from below and not yet taken
  std::vector<std::byte> left_over_;  ///< of it, between two calls
  std::size_t sealed_ = 0;            ///< bytes of the caller's in the record that waits for room
  io_result below_{};                 ///< how the last read or write below ended
  nanolib::error error_{};
  phase phase_ = phase::handshake;
  bool direct_ = false;   ///< mbedtls reads below itself, for want of room to read ahead
  bool refused_ = false;  ///< this side refused the peer
  bool finishing_ = false;
};

}  // namespace nanonng::net
