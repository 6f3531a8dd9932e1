// What a configuration says about asking an HTTP server: NanoMQ's `auth.http_auth`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nanolib/base/time.hpp"

namespace nanomq::access {

/// One kind of question. Shape: value; as it was written.
struct http_question_settings {
  using fields = std::vector<std::pair<std::string, std::string>>;

  std::string url{};  ///< empty: it is not asked
  bool is_post = true;
  fields headers{};
  fields params{};  ///< values with place-holders

  friend bool operator==(const http_question_settings&, const http_question_settings&) = default;
};

/// Shape: value.
struct http_settings {
  http_question_settings auth;   ///< may it enter
  http_question_settings super;  ///< may it do everything
  http_question_settings acl;    ///< may it publish to this topic, subscribe to this filter
  nanolib::duration timeout{5'000};
  nanolib::duration connect_timeout{5'000};
  std::uint32_t pool_size = 32;
  std::uint32_t max_waiting = 1'024;
  nanolib::duration cache_ttl{0};  ///< of answers about topics
  std::string ca_file;             ///< empty: the system's
  std::string certificate_file;
  std::string key_file;
  bool verify = true;

  [[nodiscard]] bool authenticates() const noexcept { return !auth.url.empty(); }
  [[nodiscard]] bool authorizes() const noexcept { return !acl.url.empty(); }
  [[nodiscard]] bool is_used() const noexcept { return authenticates() || authorizes() || !super.url.empty(); }
  /// Whether TLS is needed for any of it.
  [[nodiscard]] bool is_secure() const noexcept {
    return auth.url.starts_with("https") || super.url.starts_with("https") || acl.url.starts_with("https");
  }
  friend bool operator==(const http_settings&, const http_settings&) = default;
};

}  // namespace nanomq::access
