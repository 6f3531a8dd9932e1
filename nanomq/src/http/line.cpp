#include "line.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include "engine.hpp"
#include "nanonng/net/client_layers.hpp"
#include "request_encoder.hpp"

namespace nanomq::http {
namespace {

using nanolib::error;
using nanolib::error_domain;

constexpr error of_system(int code) noexcept { return {error_domain::sys, code}; }

}  // namespace

line::~line() = default;

void line::connect(std::unique_ptr<exchange> first) noexcept {
  current_ = std::move(first);
  current_->on = this;
  const url& where = current_->what.where;
  const nanolib::instant deadline = std::min(current_->deadline, of_.loop().now() + of_.options().connect_timeout);
  try {
    nanonng::net::client_layers layers;
    if (where.secure) layers.tls = of_.options().tls;
    layers.server_name = where.host;
    auto factory = [layers](int descriptor) {
      return nanonng::net::add_client_layers(nanonng::net::make_socket_stream(descriptor), layers);
    };
    dialer_ = std::make_unique<nanonng::net::dialer>(
        of_.loop(), nanonng::net::endpoint{.host = where.host, .port = where.port}, deadline,
        [this](auto made) { on_dialed(std::move(made)); }, std::move(factory));
  } catch (const std::bad_alloc&) {
    fail(of_system(ENOMEM));
  }
}

void line::on_dialed(nanolib::result<std::unique_ptr<nanonng::net::stream>> made) noexcept {
  if (!current_) return close();
  if (!made) return fail(made.error());
  try {
    connection_ = std::make_unique<nanonng::net::connection>(of_.loop(), std::move(*made),
                                                             static_cast<nanonng::net::connection_handler&>(*this));
  } catch (const std::bad_alloc&) {
    return fail(of_system(ENOMEM));
  }
  send();
}

void line::take(std::unique_ptr<exchange> next) noexcept {
  idle_.cancel();
  current_ = std::move(next);
  current_->on = this;
  send();
}

void line::send() noexcept {
  try {
    reader_.emplace(response_limits{.max_head = of_.options().max_head, .max_body = of_.options().max_body});
    const std::string text = encode(current_->what);
    if (connection_->append(nanolib::as_bytes(text))) return;
  } catch (const std::bad_alloc&) {
    // The connection has a part of it at most.
  }
  fail(of_system(ENOMEM));
}

nanonng::net::connection_handler::consumed line::on_input(nanolib::bytes input) noexcept {
  if (!current_) {  // nobody has asked
    close();
    return {input.size(), 0};
  }
  std::size_t used = 0;
  response_reader::state said = response_reader::state::malformed;
  try {
    said = reader_->read(input, used);
  } catch (const std::bad_alloc&) {
    fail(of_system(ENOMEM));
    return {input.size(), 0};
  }
  switch (said) {
    case response_reader::state::need_more:
      return {used, 0};
    case response_reader::state::done:
      // What comes behind an answer, or an answer before the request has been sent, leaves nothing to rely on.
      answer(reader_->keeps_alive() && used == input.size() && connection_->pending() == 0);
      break;
    case response_reader::state::malformed:
      fail(of_system(EPROTO));
      break;
    case response_reader::state::too_large:
      fail(of_system(EMSGSIZE));
      break;
  }
  return {used, 0};
}

void line::on_closed(error why) noexcept {
  if (!current_) return close();
  const bool was_cut = why == error{};
  if (was_cut && reader_->end() == response_reader::state::done) return answer(false);
  const bool is_broken = was_cut || why == of_system(ECONNRESET) || why == of_system(EPIPE);
  if (is_broken && !reader_->has_begun() && was_used_ && current_->what.repeatable && !current_->repeated) {
    of_.repeat(give_back());
    return;
  }
  const error reason = is_broken ? of_system(ECONNRESET) : why;
  try {
    const bool may_want_tls = is_broken && !current_->what.where.secure && !was_used_ && !reader_->has_begun();
    of_.note(reason, may_want_tls ? "the server closed the connection without an answer: does it want https?"
                                  : connection_->transport()->failure());
  } catch (const std::bad_alloc&) {
    // Then it is told in fewer words.
  }
  fail(reason);
}

void line::answer(bool may_stay) noexcept {
  std::unique_ptr<exchange> done = std::move(current_);
  was_used_ = true;
  response said = reader_->take();
  if (may_stay) {
    of_.loop().timers().set(idle_, of_.loop().now() + of_.options().idle_timeout);
  } else {
    close();
  }
  of_.finish(std::move(done), std::move(said));
}

void line::fail(error why) noexcept {
  std::unique_ptr<exchange> done = give_back();
  if (done) of_.finish(std::move(done), std::unexpected(why));
}

std::unique_ptr<exchange> line::give_back() noexcept {
  std::unique_ptr<exchange> back = std::move(current_);
  if (back) back->on = nullptr;
  close();
  return back;
}

void line::close() noexcept {
  idle_.cancel();
  if (connection_) connection_->close();
  of_.retire(*this);
}

void line::on_idle(nanolib::instant) noexcept { close(); }

}  // namespace nanomq::http
