// A connection to a server: one request after the other, and kept between them.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exchange.hpp"
#include "nanomq/http/response_reader.hpp"
#include "nanonng/net/connection.hpp"
#include "nanonng/net/dialer.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::http {

/// Thread: loop-confined. Not destroyed inside one of its own calls: the engine does it at the end of the turn.
class line final : private nanonng::net::connection_handler {
 public:
  line(engine& of, std::string origin) : of_(of), origin_(std::move(origin)) {}
  ~line() override;

  /// Once, for this exchange.
  void connect(std::unique_ptr<exchange> first) noexcept;

  [[nodiscard]] const std::string& origin() const noexcept { return origin_; }
  /// Whether it can take another exchange.
  [[nodiscard]] bool is_free() const noexcept {
    return !current_ && connection_ && !connection_->closed() && !connection_->failed();
  }
  /// Null: none.
  [[nodiscard]] exchange* current() const noexcept { return current_.get(); }
  void take(std::unique_ptr<exchange> next) noexcept;
  /// The exchange, which gets no answer from here any more; the connection is closed.
  [[nodiscard]] std::unique_ptr<exchange> give_back() noexcept;
  void close() noexcept;

 private:
  consumed on_input(nanolib::bytes input) noexcept override;
  void on_closed(nanolib::error why) noexcept override;
  void on_idle(nanolib::instant now) noexcept;
  void on_dialed(nanolib::result<std::unique_ptr<nanonng::net::stream>> made) noexcept;
  void send() noexcept;
  void answer(bool may_stay) noexcept;
  void fail(nanolib::error why) noexcept;

  engine& of_;
  const std::string origin_;
  std::unique_ptr<exchange> current_;
  std::unique_ptr<nanonng::net::dialer> dialer_;
  std::unique_ptr<nanonng::net::connection> connection_;
  std::optional<response_reader> reader_;
  bool was_used_ = false;  ///< it has brought an answer before
  nanonng::net::timer_of<line, &line::on_idle> idle_{*this};
};

}  // namespace nanomq::http
