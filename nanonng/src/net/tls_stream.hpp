// TLS over another stream, with mbedtls. Private to the folder.
#pragma once

#include <mbedtls/ssl.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanonng/net/tls_stream.hpp"
#include "tls_core.hpp"

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

/// See make_tls_stream(). Input of a call is the core's `arrived` while it runs; mbedtls takes it from there record by record.
class tls_stream final : public stream {
 public:
  tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<stream> over) noexcept;
  ~tls_stream() override;
  /// False when memory is short.
  [[nodiscard]] bool open(const tls_stream_options& options);

  io_result read(std::span<std::byte> into) noexcept override;
  io_result write(std::span<const iovec> from) noexcept override;
  void finish() noexcept override;
  [[nodiscard]] std::uint8_t wants() const noexcept override;
  void set_owner(io_handler* owner) noexcept override { owner_ = owner; }
  [[nodiscard]] int descriptor() const noexcept override { return lower_->descriptor(); }
  [[nodiscard]] std::string peer() const override { return lower_->peer(); }
  [[nodiscard]] const tls_identity* identity() const noexcept override { return identity_.get(); }
  [[nodiscard]] std::string failure() const override { return failure_.empty() ? lower_->failure() : failure_; }

 private:
  enum class phase : std::uint8_t { handshake, open, ended, failed };
  class errand;
  using work = tls_core::work;

  [[nodiscard]] bool set_up_client(const tls_stream_options& options);
  void read_below(std::span<std::byte> into) noexcept;

  // The handshake (tls_handshake.cpp).
  [[nodiscard]] int shake_hands() noexcept;
  [[nodiscard]] int note_shaken() noexcept;
  [[nodiscard]] bool shaken();
  [[nodiscard]] bool is_let_in() noexcept;
  [[nodiscard]] io_result gather(std::span<std::byte> into) noexcept;
  [[nodiscard]] bool take_next(io_result& result) noexcept;
  [[nodiscard]] io_result take_here(std::size_t size) noexcept;
  [[nodiscard]] io_result lost(const io_result& below) noexcept;
  [[nodiscard]] io_result turn_away(std::string_view why) noexcept;
  [[nodiscard]] io_result give_away(std::size_t size) noexcept;
  void come_back(std::unique_ptr<tls_core> core, std::vector<std::byte>&& rest, int code) noexcept;
  [[nodiscard]] bool send_flight() noexcept;
  [[nodiscard]] bool is_shared_out() const noexcept { return phase_ == phase::handshake && pool_ != nullptr; }

  [[nodiscard]] bool keep_left_over() noexcept;
  [[nodiscard]] io_result decrypt(std::span<std::byte> into) noexcept;
  [[nodiscard]] io_result stopped(int code, std::size_t moved) noexcept;
  [[nodiscard]] io_result seal(std::span<const iovec> from) noexcept;
  [[nodiscard]] io_result fail(int code) noexcept;
  void say_what_broke() noexcept;
  void add_hint();
  void say_why(int code);
  [[nodiscard]] bool has_own_output() const noexcept {
    return !flight_.empty() || (core_ && core_->ssl.out_left != 0 && sealed_ == 0);
  }

  std::shared_ptr<const tls_context> context_;
  std::unique_ptr<stream> lower_;
  std::unique_ptr<tls_core> core_;               ///< null while its work is done elsewhere
  std::shared_ptr<std::atomic<bool>> given_up_;  ///< what is done elsewhere is not wanted any more; null: nothing is
  std::vector<std::byte> flight_;                ///< of the handshake, computed elsewhere and not yet sent
  io_handler* owner_ = nullptr;
  handshake_pool* pool_ = nullptr;
  event_loop* home_ = nullptr;
  std::shared_ptr<handshake_gate> gate_;  ///< until it has been asked
  handshake_pace* pace_ = nullptr;
  std::shared_ptr<tls_session> session_;
  std::string server_name_;
  std::unique_ptr<tls_identity> identity_;
  std::string failure_;
  std::vector<std::byte> left_over_;  ///< what was read from below and not taken, between two calls
  std::size_t sealed_ = 0;            ///< bytes of the caller's in the record that waits for room
  nanolib::error error_{};
  phase phase_ = phase::handshake;
  bool finishing_ = false;
};

}  // namespace nanonng::net
