#include "http_link.hpp"

#include <algorithm>
#include <new>

namespace nanomq::access {
namespace {

using nanolib::error;
using nanolib::error_domain;

constexpr std::string_view group = "auth.http_auth";

http::client_options options_of(const http_settings& from, std::shared_ptr<const nanonng::net::tls_context> tls) {
  http::client_options how;
  how.pool_size = from.pool_size;
  how.max_waiting = from.max_waiting;
  how.connect_timeout = from.connect_timeout;
  how.timeout = from.timeout;
  how.tls = std::move(tls);
  return how;
}

/// What the answer may depend on, each part with its length, so that no two questions have the same key.
std::string key_of(const http_facts& about) {
  std::string key;
  for (const std::string_view part : {about.access, about.topic, about.client_id, about.user_name, about.address,
                                      about.port, about.common_name, about.subject}) {
    key.append(std::to_string(part.size())).append(":").append(part);
  }
  return key;
}

}  // namespace

nanolib::result<std::shared_ptr<http_link>> http_link::open(const http_settings& from, const nanolib::clock& clock,
                                                            std::string& why) {
  std::shared_ptr<const nanonng::net::tls_context> tls;
  if (from.is_secure()) {
    nanonng::net::tls_client_options how;
    how.protocols.clear();
    how.ca_file = from.ca_file;
    how.verify = from.verify;
    how.credential = {from.certificate_file, from.key_file, ""};
    auto made = nanonng::net::tls_context::client(how, why);
    if (!made) {
      why.insert(0, std::string(group) + ".tls: ");
      return std::unexpected(made.error());
    }
    tls = std::move(*made);
  }
  auto link = std::make_shared<http_link>(from, clock, std::move(tls));
  const auto read = [&](const http_question_settings& what, std::string_view name, std::optional<http_question>& into) {
    if (what.url.empty()) return true;
    auto made = http_question::make(what, std::string(group) + "." + std::string(name), why);
    if (made) into = std::move(*made);
    return made.has_value();
  };
  if (!read(from.auth, "auth_req", link->auth_) || !read(from.super, "super_req", link->super_) ||
      !read(from.acl, "acl_req", link->acl_)) {
    return std::unexpected(error{error_domain::config, 0});
  }
  return link;
}

http_link::http_link(const http_settings& from, const nanolib::clock& clock,
                     std::shared_ptr<const nanonng::net::tls_context> tls)
    : ttl_(from.cache_ttl), clock_(clock), client_(options_of(from, std::move(tls))) {}

void http_link::send(http::request what, on_verdict then) noexcept {
  // Kept apart, so that whoever asks is answered when the request is refused, too.
  try {
    const auto whom = std::make_shared<on_verdict>(std::move(then));
    const auto sent =
        client_.send(std::move(what), [whom](http::client::answer said) noexcept { (*whom)(read_verdict(said)); });
    if (!sent) (*whom)(read_verdict(std::unexpected(sent.error())));
  } catch (const std::bad_alloc&) {
    if (then) then({});
  }
}

// Both questions are written now: what they are about is not kept for the second.
void http_link::ask_entry(const http_facts& about, on_verdict then) noexcept {
  try {
    http::request first;
    http::request second;
    if (!auth_ || !auth_->fill(about, first) || (super_ && !super_->fill(about, second))) return then({});
    if (!super_) return send(std::move(first), std::move(then));
    auto whom = std::make_shared<on_verdict>(std::move(then));
    send(std::move(first), [this, whom, second = std::move(second)](http_verdict said) mutable noexcept {
      if (said.is != kind::allow || said.is_superuser) return (*whom)(said);
      send(std::move(second), [whom](http_verdict super) noexcept {
        const bool is_known = super.is != kind::unavailable;
        (*whom)({is_known ? kind::allow : kind::unavailable, super.is == kind::allow, is_known ? "" : super.why});
      });
    });
  } catch (const std::bad_alloc&) {
    if (then) then({});
  }
}

std::optional<http_link::kind> http_link::ask_right(const http_facts& about, on_verdict then) noexcept {
  try {
    if (!acl_) return kind::unavailable;
    const std::string key = key_of(about);
    http::request what;
    on_verdict concludes = [this, key](http_verdict said) noexcept { conclude(key, said); };
    {
      const nanolib::mutex_lock lock(mutex_);
      if (const kind* known = cache_.find(key, clock_.now()); known != nullptr) {
        ++cache_hits_;
        return *known;
      }
      const auto same = asking_.find(key);
      if (same != asking_.end()) {
        ++shared_;
        same->second.push_back(std::move(then));
        return std::nullopt;
      }
      if (!acl_->fill(about, what)) return kind::unavailable;
      asking_[key].push_back(std::move(then));
    }
    send(std::move(what), std::move(concludes));
    return std::nullopt;
  } catch (const std::bad_alloc&) {
    return kind::unavailable;
  }
}

void http_link::conclude(const std::string& key, http_verdict said) noexcept {
  waiters all;
  {
    const nanolib::mutex_lock lock(mutex_);
    if (const auto found = asking_.find(key); found != asking_.end()) {
      all = std::move(found->second);
      asking_.erase(found);
    }
    try {
      if (ttl_ > nanolib::duration(0) && said.is != kind::unavailable) cache_.put(key, said.is, clock_.now() + ttl_);
    } catch (const std::bad_alloc&) {
      // It is asked once more.
    }
  }
  for (on_verdict& one : all) one(said);
}

http_link::named_figures http_link::figures() const {
  const http::client_figures now = client_.figures();
  const nanolib::mutex_lock lock(mutex_);
  const std::array<std::uint64_t, counted.size()> values{now.requests, now.failures, now.timeouts,   now.refused,
                                                         cache_hits_,  shared_,      now.connections};
  named_figures all;
  for (std::size_t i = 0; i < counted.size(); ++i) all.emplace_back(counted[i], values[i] + before_[i]);
  all.emplace_back("http/waiting", now.waiting);
  all.emplace_back("http/running", now.running);
  return all;
}

void http_link::count_on(const named_figures& from) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  for (const auto& [name, value] : from) {
    const auto found = std::ranges::find(counted, name);
    if (found != counted.end()) before_[static_cast<std::size_t>(found - counted.begin())] = value;
  }
}

}  // namespace nanomq::access
