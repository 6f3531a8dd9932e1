// JSON Web Tokens in the place of passwords. Spec: RFC 7519, RFC 7515; what RFC 8725 warns of is not done: the algorithm is
// one of those that were named, each has a key of its own kind, and nothing of a token counts before its signature.
#include <algorithm>
#include <array>

#include "base64.hpp"
#include "nanolib/base/json_object.hpp"
#include "nanomq/access/authenticator.hpp"
#include "nanomq/config/small_file.hpp"
#include "signature.hpp"
#include "token_grant.hpp"

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
  bool brings_rights() const noexcept override { return true; }
  // Who has shown a token stays until that ends, or until its key is not there any more.
  bool may_know(const broker::principal& who) const noexcept override {
    return who.has_end && who.brought != nullptr && std::ranges::any_of(keys_, [&](const auto& one) {
             return std::ranges::equal(one->fingerprint(), who.brought->voucher());
           });
  }

 private:
  // What is no token at all may be a password, and others are asked.
  [[nodiscard]] finding judge(const broker::principal& who, std::string_view token) const {
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (first == last || token.size() > longest_token) return verdict::unknown;
    const auto header = decode_object(token.substr(0, first));
    const json_member* algorithm = header ? find_member(header->all, "alg") : nullptr;
    if (algorithm == nullptr) return verdict::unknown;
    if (find_member(header->all, "crit") != nullptr) return refuse("token: an extension that is not known");
    const auto key = std::ranges::find_if(keys_, [&](const auto& one) {
      return algorithm->is == kind::text && algorithm->text == name_of(one->algorithm());
    });
    if (key == keys_.end()) return refuse("token: algorithm");
    const auto signature = decode_base64url(token.substr(last + 1));
    if (!signature || !(*key)->has_signed(nanolib::as_bytes(token.substr(0, last)), *signature))
      return refuse("token: signature");
    const auto claims = decode_object(token.substr(first + 1, last - first - 1));
    if (!claims) return refuse("token: claims that are no object");
    if (const std::string_view wrong = judge_claims(claims->all, who); !wrong.empty()) return refuse(wrong);
    finding said(verdict::admitted, find_member(claims->all, "exp")->number);
    const nanolib::bytes voucher = (*key)->fingerprint();
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
