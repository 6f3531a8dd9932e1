// JSON Web Tokens in the place of passwords. Spec: RFC 7519, RFC 7515; what RFC 8725 warns of is not done: the algorithm is
// one of those that were named, each has a key of its own kind, and nothing of a token counts before its signature.
#include <algorithm>
#include <optional>

#include "base64.hpp"
#include "nanolib/base/json_object.hpp"
#include "nanomq/access/authenticator.hpp"
#include "token_grant.hpp"
#include "token_keys.hpp"

namespace nanomq::access {
namespace {

constexpr std::size_t longest_token = 16'384;
/// How far the clock of whoever makes tokens may be ahead of ours.
constexpr std::int64_t leeway_s = 60;

using nanolib::find_member;
using nanolib::json_member;
using nanolib::read_json_object;
using members = std::vector<json_member>;
using kind = json_member::kind;

// Both in one, because the members refer to the text.
struct decoded_object {
  std::vector<std::byte> text;
  members all;
};

std::optional<decoded_object> decode_object(std::string_view text) {
  auto decoded = decode_base64url(text);
  if (!decoded) return std::nullopt;
  auto all = read_json_object(nanolib::as_text(*decoded));
  if (!all) return std::nullopt;
  return decoded_object{std::move(*decoded), std::move(*all)};
}

authenticator::finding refuse(std::string_view why) {
  authenticator::finding said(authenticator::verdict::refused);
  said.why = why;
  return said;
}

// Where a token's parts end; none: it is no token.
struct token_shape {
  std::size_t header;
  std::size_t claims;
};
std::optional<token_shape> shape_of(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == last || token.size() > longest_token) return std::nullopt;
  return token_shape{first, last};
}

class token_authenticator final : public authenticator {
 public:
  token_authenticator(token_settings from, token_keys keys, const nanolib::clock& clock)
      : settings_(std::move(from)), keys_(std::move(keys)), clock_(clock) {}

  finding verify(const broker::principal& who, nanolib::bytes password) const noexcept override {
    try {
      return judge(who, nanolib::as_text(password));
    } catch (const std::bad_alloc&) {
      return verdict::unavailable;
    }
  }
  bool takes_long() const noexcept override { return true; }
  bool brings_rights() const noexcept override { return true; }
  // Who has shown a token stays until that ends, or until its key is not there any more.
  bool may_know(const broker::principal& who) const noexcept override {
    return who.has_end && who.brought != nullptr && keys_.has(who.brought->voucher());
  }
  // Nothing is checked here: what is claimed is what judge() compares the same claim with, and the rest of the token decides.
  std::optional<std::string> claimed_user(std::string_view user_name) const override {
    const auto parts = settings_.from_user_name ? shape_of(user_name) : std::nullopt;
    const auto header = parts ? decode_object(user_name.substr(0, parts->header)) : std::nullopt;
    if (!header || find_member(header->all, "alg") == nullptr) return std::nullopt;
    const auto claims = decode_object(user_name.substr(parts->header + 1, parts->claims - parts->header - 1));
    const json_member* name = claims ? find_member(claims->all, settings_.user_claim) : nullptr;
    return name != nullptr && name->is == kind::text ? name->text : std::string();
  }

 private:
  // What is no token at all may be a password, and others are asked.
  [[nodiscard]] finding judge(const broker::principal& who, std::string_view token) const {
    const auto parts = shape_of(token);
    if (!parts) return verdict::unknown;
    const auto [first, last] = *parts;
    const auto header = decode_object(token.substr(0, first));
    const json_member* algorithm = header ? find_member(header->all, "alg") : nullptr;
    if (algorithm == nullptr) return verdict::unknown;
    if (find_member(header->all, "crit") != nullptr) return refuse("token: an extension that is not known");
    if (algorithm->is != kind::text || !keys_.knows(algorithm->text)) return refuse("token: algorithm");
    const json_member* id = find_member(header->all, "kid");
    if (id != nullptr && id->is != kind::text) return refuse("token: kid");
    const auto signature = decode_base64url(token.substr(last + 1));
    const signature_key* const key =
        signature ? keys_.signer(algorithm->text, id != nullptr ? std::string_view(id->text) : std::string_view(),
                                 nanolib::as_bytes(token.substr(0, last)), *signature)
                  : nullptr;
    if (key == nullptr) return refuse("token: signature");
    const auto claims = decode_object(token.substr(first + 1, last - first - 1));
    if (!claims) return refuse("token: claims that are no object");
    if (const std::string_view wrong = judge_claims(claims->all, who); !wrong.empty()) return refuse(wrong);
    finding said(verdict::admitted, find_member(claims->all, "exp")->number);
    const nanolib::bytes voucher = key->fingerprint();
    said.brought = make_token_grant(find_member(claims->all, "acl"), {voucher.begin(), voucher.end()});
    return said.brought ? said : refuse("token: acl");
  }

  // What is wrong with them, in words that are always the same; empty: nothing.
  [[nodiscard]] std::string_view judge_claims(const members& claims, const broker::principal& who) const {
    if (who.user_name.empty() || !is_text(claims, settings_.user_claim, who.user_name)) return "token: user name";
    if (find_member(claims, "clientid") != nullptr && !is_text(claims, "clientid", who.client_id))
      return "token: client id";
    if (!settings_.issuer.empty() && !is_text(claims, "iss", settings_.issuer)) return "token: issuer";
    if (!settings_.audience.empty() && !is_for(claims, settings_.audience)) return "token: audience";
    for (const std::string& one : settings_.verified_claims) {
      const auto equals = one.find('=');
      if (!is_text(claims, one.substr(0, equals), filled_in(one.substr(equals + 1), who))) return "token: claim";
    }
    return judge_times(claims);
  }

  [[nodiscard]] static bool is_text(const members& claims, std::string_view name, std::string_view value) {
    const json_member* claim = find_member(claims, name);
    return claim != nullptr && claim->is == kind::text && claim->text == value;
  }

  [[nodiscard]] static bool is_for(const members& claims, std::string_view audience) {
    const json_member* claim = find_member(claims, "aud");
    if (claim == nullptr) return false;
    if (claim->is == kind::text) return claim->text == audience;
    return std::ranges::find(claim->texts, audience) != claim->texts.end();
  }

  // What stands for a place-holder is not looked at for others.
  [[nodiscard]] static std::string filled_in(std::string_view pattern, const broker::principal& who) {
    constexpr std::string_view client = "${clientid}";
    constexpr std::string_view user = "${username}";
    std::string out;
    while (!pattern.empty()) {
      const bool is_client = pattern.starts_with(client);
      const bool is_placed = is_client || pattern.starts_with(user);
      out += is_placed ? (is_client ? who.client_id : who.user_name) : pattern.substr(0, 1);
      pattern.remove_prefix(is_placed ? client.size() : 1);
    }
    return out;
  }

  // A token without an end is refused: nobody could take it back.
  [[nodiscard]] std::string_view judge_times(const members& claims) const {
    const std::int64_t now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now().time_since_epoch()).count();
    const json_member* end = find_member(claims, "exp");
    if (end == nullptr || end->is != kind::number) return "token: without an end";
    if (end->number <= now) return "token: expired";
    const json_member* begin = find_member(claims, "nbf");
    if (begin != nullptr && (begin->is != kind::number || begin->number > now + leeway_s))
      return "token: not valid yet";
    return {};
  }

  token_settings settings_;
  token_keys keys_;
  const nanolib::clock& clock_;
};

}  // namespace

nanolib::result<std::unique_ptr<const authenticator>> make_token_authenticator(const token_settings& from,
                                                                               const nanolib::clock& clock,
                                                                               std::string& why) {
  auto keys = token_keys::open(from, why);
  if (!keys) return std::unexpected(keys.error());
  return std::make_unique<const token_authenticator>(from, std::move(*keys), clock);
}

}  // namespace nanomq::access
