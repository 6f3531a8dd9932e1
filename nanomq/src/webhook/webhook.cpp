#include "nanomq/webhook/webhook.hpp"

#include <algorithm>

#include "nanomq/http/encoding.hpp"
#include "nanonng/net/tls_context.hpp"
#include "webhook/event_hook.hpp"
#include "webhook/header_line.hpp"
#include "webhook/sender.hpp"

namespace nanomq::webhook {
namespace {

std::unexpected<nanolib::error> refuse(std::string& why, std::string_view key) {
  why.insert(0, std::string(key) + ": ");
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

bool is_content_type(std::string_view name) noexcept {
  constexpr std::string_view wanted = "content-type";
  return std::ranges::equal(name, wanted, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; });
}

}  // namespace

webhook::~webhook() {
  patience_ = nanolib::duration(0);
  stop();
}

nanolib::result<prepared> webhook::prepare(const webhook_settings& wanted, std::string& why) {
  prepared next{wanted, nullptr};
  if (!wanted.is_active()) return next;
  const auto to = std::make_shared<target>();
  auto where = http::read_url(wanted.url, why);
  if (!where) return refuse(why, "webhook.url");
  to->where = std::move(*where);
  bool has_type = false;
  for (const std::string& line : wanted.headers) {
    if (!check_header(line, why)) return refuse(why, "webhook.headers");
    const auto [name, value] = split_header(line);
    has_type = has_type || is_content_type(name);
    to->headers.push_back({std::string(name), std::string(value)});
  }
  if (!has_type) to->headers.push_back({"content-type", "application/json"});
  http::client_options how;
  how.pool_size = wanted.pool_size;
  how.max_waiting = wanted.pool_size;
  how.connect_timeout = wanted.cancel_timeout;
  how.timeout = wanted.cancel_timeout;
  if (to->where.secure) {
    nanonng::net::tls_client_options tls;
    tls.ca_file = wanted.ca_file;
    tls.verify = wanted.verify;
    tls.credential = {wanted.certificate_file, wanted.key_file, wanted.key_password};
    tls.protocols = {"http/1.1"};
    auto made = nanonng::net::tls_context::client(tls, why);
    if (!made) return refuse(why, "webhook.ssl");
    how.tls = std::move(*made);
  }
  to->by = std::make_shared<http::client>(std::move(how));
  to->pool_size = wanted.pool_size;
  to->batch_size = wanted.batch_size;
  to->batch_time = wanted.batch_size > 1 ? wanted.batch_time : nanolib::duration(0);
  to->max_attempts = wanted.max_attempts;
  to->backoff = wanted.backoff;
  to->max_backoff = wanted.max_backoff;
  to->max_queue_messages = wanted.max_queue_messages;
  to->max_queue_bytes = wanted.max_queue_bytes;
  next.to = to;
  return next;
}

nanolib::result<void> webhook::change_to(prepared&& next) {
  hooks_.clear();
  patience_ = next.settings.flush_timeout;
  if (!next.to) return {};  // what is queued is still sent to where it was to go
  if (!sender_) sender_ = std::make_shared<sender>(next.settings.pool_size, log_);
  if (auto started = sender_->send_to(std::move(next.to)); !started) return started;
  hooks_.push_back(std::make_shared<event_hook>(next.settings, sender_, clock_));
  return {};
}

void webhook::stop() noexcept {
  if (sender_) sender_->stop(patience_);
}

}  // namespace nanomq::webhook
