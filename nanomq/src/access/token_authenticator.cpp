// JSON Web Tokens in the place of passwords. Spec: RFC 7519, RFC 7515; what RFC 8725 warns of is not done: the algorithm is
// one of those that were named, each has a key of its own kind, and nothing of a token counts before its signature.
#include <algorithm>
#include <array>

#include "base64.hpp"
#include "nanolib/base/json_object.hpp"
#include "nanomq/access/authenticator.hpp"
#include "nanomq/config/small_file.hpp"
#include "signature.hpp"

namespace nanomq::access {
namespace {

constexpr std::size_t longest_token = 16'384;
constexpr std::size_t largest_key = 65'536;
/// How far the clock of whoever makes tokens may be ahead of ours.
constexpr std::int64_t leeway_s = 60;

using nanolib::find_member;
using nanolib::json_member;
using nanolib::read_json_object;
using members = std::vector<json_member>;
using kind = json_member::kind;

std::optional<std::vector<std::byte>> decode_base64url(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (c == '+' || c == '/') return std::nullopt;
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  return decode_base64(plain, false);
}

std::optional<members> decode_object(std::string_view text) {
  const auto decoded = decode_base64url(text);
  if (!decoded) return std::nullopt;
  return read_json_object(nanolib::as_text(*decoded));
}

std::string_view name_of(token_algorithm which) {
  constexpr std::array<std::string_view, 3> names{"HS256", "RS256", "ES256"};
  return names[static_cast<std::size_t>(which)];
}

class token_authenticator final : public authenticator {
 public:
  token_authenticator(token_settings from, std::vector<std::unique_ptr<const signature_key>> keys,
                      const nanolib::clock& clock)
      : settings_(std::move(from)), keys_(std::move(keys)), clock_(clock) {}

  finding verify(const broker::principal& who, nanolib::bytes password) const noexcept override {
    try {
      return judge(who, nanolib::as_text(password));
    } catch (const std::bad_alloc&) {
      return verdict::unavailable;
    }
  }
  bool takes_long() const noexcept override { return true; }
  // Who has shown a token stays until that ends.
  bool may_know(const broker::principal& who) const noexcept override { return who.has_end; }

 private:
  // What is no token at all may be a password, and others are asked.
  [[nodiscard]] finding judge(const broker::principal& who, std::string_view token) const {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (first == last || token.size() > longest_token) return verdict::unknown;
    const auto header = decode_object(token.substr(0, first));
    const json_member* algorithm = header ? find_member(*header, "alg") : nullptr;
    if (algorithm == nullptr) return verdict::unknown;
    if (find_member(*header, "crit") != nullptr) return verdict::refused;
    const auto key = std::ranges::find_if(keys_, [&](const auto& one) {
      return algorithm->is == kind::text && algorithm->text == name_of(one->algorithm());
    });
    const auto signature = decode_base64url(token.substr(last + 1));
    if (key == keys_.end() || !signature) return verdict::refused;
    if (!(*key)->has_signed(nanolib::as_bytes(token.substr(0, last)), *signature)) return verdict::refused;
    const auto claims = decode_object(token.substr(first + 1, last - first - 1));
    if (!claims || !names(*claims, who) || !is_for_us(*claims)) return verdict::refused;
    return in_its_time(*claims);
  }

  [[nodiscard]] bool names(const members& claims, const broker::principal& who) const {
    const json_member* user = find_member(claims, settings_.user_claim);
    return user != nullptr && user->is == kind::text && !user->text.empty() && user->text == who.user_name;
  }

  [[nodiscard]] bool is_for_us(const members& claims) const {
    if (!settings_.issuer.empty()) {
      const json_member* issuer = find_member(claims, "iss");
      if (issuer == nullptr || issuer->is != kind::text || issuer->text != settings_.issuer) return false;
    }
    if (settings_.audience.empty()) return true;
    const json_member* audience = find_member(claims, "aud");
    if (audience == nullptr) return false;
    if (audience->is == kind::text) return audience->text == settings_.audience;
    return std::ranges::find(audience->texts, settings_.audience) != audience->texts.end();
  }

  // A token without an end is refused: nobody could take it back.
  [[nodiscard]] finding in_its_time(const members& claims) const {
    const std::int64_t now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now().time_since_epoch()).count();
    const json_member* end = find_member(claims, "exp");
    if (end == nullptr || end->is != kind::number || end->number <= now) return verdict::refused;
    const json_member* begin = find_member(claims, "nbf");
    if (begin != nullptr && (begin->is != kind::number || begin->number > now + leeway_s)) return verdict::refused;
    return {verdict::admitted, end->number};
  }

  token_settings settings_;
  std::vector<std::unique_ptr<const signature_key>> keys_;
  const nanolib::clock& clock_;
};

}  // namespace

nanolib::result<std::unique_ptr<const authenticator>> make_token_authenticator(const token_settings& from,
                                                                               const nanolib::clock& clock,
                                                                               std::string& why) {
  std::vector<std::unique_ptr<const signature_key>> keys;
  for (const token_algorithm one : from.algorithms) {
    const bool is_secret = one == token_algorithm::hs256;
    const std::string& file = is_secret ? from.secret_file : from.public_key_file;
    if (file.empty()) {
      why = std::string("auth.jwt.algorithms: ") + std::string(name_of(one)) + " needs " +
            (is_secret ? "auth.jwt.secret_file" : "auth.jwt.public_key_file");
      return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
    }
    const auto text = config::read_small_file(file, largest_key, why);
    auto key = text ? make_signature_key(one, *text, why) : std::unexpected(text.error());
    if (!key) {
      why.insert(0, file + ": ");
      return std::unexpected(key.error());
    }
    keys.push_back(std::move(*key));
  }
  return std::make_unique<const token_authenticator>(from, std::move(keys), clock);
}

}  // namespace nanomq::access
