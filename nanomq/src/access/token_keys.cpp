#include "token_keys.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base64.hpp"
#include "nanolib/base/json_object.hpp"
#include "nanomq/config/small_file.hpp"

namespace nanomq::access {
namespace {

using nanolib::json_member;
using members = std::vector<json_member>;

constexpr std::size_t largest_key = 65'536;
constexpr std::size_t largest_set = 262'144;
constexpr std::size_t most_keys = 64;
constexpr std::array<std::string_view, 3> algorithm_names{"HS256", "RS256", "ES256"};

std::string_view name_of(token_algorithm which) { return algorithm_names[static_cast<std::size_t>(which)]; }

// "": it is not there. None: it is something else.
std::optional<std::string_view> text_of(const members& from, std::string_view name) {
  const json_member* one = nanolib::find_member(from, name);
  if (one == nullptr) return std::string_view();
  if (one->is != json_member::kind::text) return std::nullopt;
  return one->text;
}

// By its kind alone; none: it is of another.
std::optional<token_algorithm> algorithm_of(const members& from) {
  const std::string_view kind = text_of(from, "kty").value_or("");
  if (kind == "RSA") return token_algorithm::rs256;
  if (kind == "oct") return token_algorithm::hs256;
  if (kind == "EC" && text_of(from, "crv") == "P-256") return token_algorithm::es256;
  return std::nullopt;
}

nanolib::result<std::unique_ptr<const signature_key>> make_key(token_algorithm algorithm, const members& from,
                                                               std::string& why) {
  const auto number = [&](std::string_view name) {
    const auto written = text_of(from, name);
    return written ? decode_base64url(*written).value_or(std::vector<std::byte>()) : std::vector<std::byte>();
  };
  switch (algorithm) {
    case token_algorithm::hs256:
      return make_signature_key(algorithm, nanolib::as_text(number("k")), why);
    case token_algorithm::rs256:
      return make_public_key(algorithm, number("n"), number("e"), why);
    case token_algorithm::es256:
      break;
  }
  return make_public_key(algorithm, number("x"), number("y"), why);
}

}  // namespace

bool token_keys::read_one(std::string_view text, const std::vector<token_algorithm>& wanted, std::string& why) {
  const auto from = nanolib::read_json_object(text);
  if (!from) {
    why = "a key that is no JSON object";
    return false;
  }
  const auto algorithm = algorithm_of(*from);
  const auto id = text_of(*from, "kid");
  const auto use = text_of(*from, "use");
  const auto named = text_of(*from, "alg");
  if (!id || !use || !named) {
    why = "kid, use and alg of a key are texts";
    return false;
  }
  if (!algorithm || std::ranges::find(wanted, *algorithm) == wanted.end()) return true;
  if ((!use->empty() && *use != "sig") || (!named->empty() && *named != name_of(*algorithm))) return true;
  if (!id->empty() && std::ranges::any_of(all_, [&](const named_key& one) {
        return one.id == *id && one.key->algorithm() == *algorithm;
      })) {
    why = "two keys with the same kid";
    return false;
  }
  auto key = make_key(*algorithm, *from, why);
  if (!key) return false;
  all_.push_back({std::string(*id), std::move(*key)});
  return true;
}

bool token_keys::read_set(std::string_view text, const std::vector<token_algorithm>& wanted, std::string& why) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto outer = nanolib::read_json_object(text);
  const json_member* keys = outer ? nanolib::find_member(*outer, "keys") : nullptr;
  const auto list = keys != nullptr ? nanolib::read_json_list(keys->written) : std::nullopt;
  if (!list || list->size() > most_keys) {
    why = list ? "more than 64 keys" : "no JWK set: {\"keys\": [ … ]}";
    return false;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (read_one((*list)[i], wanted, why)) continue;
    why.insert(0, "keys[" + std::to_string(i) + "]: ");
    return false;
  }
  return true;
}

nanolib::result<token_keys> token_keys::open(const token_settings& from, std::string& why) {
  token_keys out;
  const auto refused = std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  if (!from.jwks_file.empty()) {
    const auto text = config::read_small_file(from.jwks_file, largest_set, why);
    if (!text || !out.read_set(*text, from.algorithms, why)) {
      why.insert(0, from.jwks_file + ": ");
      return text ? refused : std::unexpected(text.error());
    }
  }
  for (const token_algorithm one : from.algorithms) {
    const bool is_secret = one == token_algorithm::hs256;
    const std::string& file = is_secret ? from.secret_file : from.public_key_file;
    if (file.empty()) {
      if (out.knows(name_of(one))) continue;
      why = std::string("auth.jwt.algorithms: ") + std::string(name_of(one)) + " needs " +
            (is_secret ? "auth.jwt.secret_file" : "auth.jwt.public_key_file") +
            (from.jwks_file.empty() ? ", or auth.jwt.jwks_file" : ", or a key in " + from.jwks_file);
      return refused;
    }
    const auto text = config::read_small_file(file, largest_key, why);
    auto key = text ? make_signature_key(one, *text, why) : std::unexpected(text.error());
    if (!key) {
      why.insert(0, file + ": ");
      return std::unexpected(key.error());
    }
    out.all_.push_back({{}, std::move(*key)});
  }
  return out;
}

bool token_keys::knows(std::string_view algorithm) const noexcept {
  return std::ranges::any_of(all_, [&](const named_key& one) { return name_of(one.key->algorithm()) == algorithm; });
}

const signature_key* token_keys::signer(std::string_view algorithm, std::string_view id, nanolib::bytes text,
                                        nanolib::bytes signature) const noexcept {
  const auto of_name = [&](const named_key& one, std::string_view name) {
    return name_of(one.key->algorithm()) == algorithm && one.id == name;
  };
  const bool is_known =
      !id.empty() && std::ranges::any_of(all_, [&](const named_key& one) { return of_name(one, id); });
  for (const named_key& one : all_) {
    const bool may_be = is_known     ? of_name(one, id)
                        : id.empty() ? name_of(one.key->algorithm()) == algorithm
                                     : of_name(one, {});
    if (may_be && one.key->has_signed(text, signature)) return one.key.get();
  }
  return nullptr;
}

bool token_keys::has(nanolib::bytes fingerprint) const noexcept {
  return std::ranges::any_of(
      all_, [&](const named_key& one) { return std::ranges::equal(one.key->fingerprint(), fingerprint); });
}

}  // namespace nanomq::access
