// A question to an HTTP server as it is configured, and what a client's facts make of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/access/http_settings.hpp"
#include "nanomq/http/client.hpp"

namespace nanomq::access {

/// What place-holders stand for. Views; what is not known is empty.
struct http_facts {
  std::string_view user_name{};
  std::string_view password{};
  std::string_view client_id{};
  std::string_view address{};
  std::string_view port{};
  std::string_view common_name{};
  std::string_view subject{};
  std::string_view access{};  ///< "1": subscribe, "2": publish
  std::string_view topic{};
};

/// Place-holders stand in values only, and each is encoded for the place where it goes, so that nothing that a client
/// says becomes another parameter, another header or another URL. Thread: immutable.
class http_question {
 public:
  /// `key` ("auth.http_auth.auth_req") begins what `why` says. Errors: config.
  [[nodiscard]] static nanolib::result<http_question> make(const http_question_settings& from, std::string_view key,
                                                           std::string& why);

  /// Parameters in the query of a GET; in the body of a POST, as a form or, where the content type says so, as JSON.
  /// Errors: throws std::bad_alloc; false when a header's value would not be one: a control character in what the client said.
  [[nodiscard]] bool fill(const http_facts& with, http::request& into) const;
  [[nodiscard]] const http::url& where() const noexcept { return where_; }

 private:
  /// Text, or what stands for a fact.
  struct piece {
    std::string text;
    std::string_view http_facts::* fact = nullptr;
  };
  using value = std::vector<piece>;
  struct field {
    std::string name;
    value holds;
  };

  http_question() = default;
  [[nodiscard]] static bool read_value(std::string_view text, value& into, std::string& why);
  [[nodiscard]] bool read_header(const std::pair<std::string, std::string>& from, std::string& why);
  [[nodiscard]] static std::string filled(const value& what, const http_facts& with);

  http::url where_;
  bool is_post_ = true;
  bool is_json_ = false;
  std::vector<field> headers_;
  std::vector<field> params_;
};

/// What an answer comes to.
struct http_verdict {
  enum class kind : std::uint8_t {
    allow,
    deny,
    ignore,       ///< others are to decide
    unavailable,  ///< no answer, or none that can be understood
  };
  kind is = kind::unavailable;
  bool is_superuser = false;
  std::string_view why{};  ///< of `deny` and `unavailable`, for the log; static
};

/// 200 and 204 allow, 5xx and what is no answer is none, everything else denies. A body in JSON may say more than a 200:
/// {"result": "allow" | "deny" | "ignore", "is_superuser": true}, as EMQX has it.
[[nodiscard]] http_verdict read_verdict(const http::client::answer& said) noexcept;

}  // namespace nanomq::access
