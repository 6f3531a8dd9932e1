#include "nanomq/http/client.hpp"

#include <cerrno>

#include "engine.hpp"

namespace nanomq::http {

client::client(client_options options) : engine_(std::make_shared<engine>(std::move(options))) {}

client::~client() { engine_->end(); }

nanolib::result<client::ticket> client::send(request what, on_answer then) noexcept {
  return engine_->send(std::move(what), std::move(then));
}

void client::cancel(ticket which) noexcept { engine_->cancel(which); }

void client::end() noexcept { engine_->end(); }

client_figures client::figures() const noexcept { return engine_->figures(); }

const client_options& client::options() const noexcept { return engine_->options(); }

std::string client::describe(const nanolib::error& what) const { return engine_->describe(what); }

std::string_view failure_text(const nanolib::error& what) noexcept {
  if (what.domain == nanolib::error_domain::config) return "the name of the server is not known";
  if (what.domain == nanolib::error_domain::sys) {
    switch (what.code) {
      case ETIMEDOUT:
        return "no answer in time";
      case ECONNRESET:
        return "the connection was closed before the answer was complete";
      case EPROTO:
        return "the answer is no HTTP, or TLS failed";
      case EACCES:
        return "the server's certificate was refused, or ours";
      case EMSGSIZE:
        return "the answer is too large";
      case EAGAIN:
        return "too many requests wait already";
      case EINVAL:
        return "a header that must not be sent, or https without TLS";
      case ECANCELED:
        return "cancelled";
      default:
        break;
    }
  }
  return nanolib::describe(what);
}

}  // namespace nanomq::http
