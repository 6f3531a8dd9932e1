#include "nanomq/access/password_hash.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base64.hpp"
#include "digest.hpp"

namespace nanomq::access {
namespace {

using nanolib::error;
using nanolib::error_domain;

constexpr std::string_view argon2id_mark = "$argon2id$v=19$";
constexpr std::string_view pbkdf2_mark = "$7$";
constexpr std::string_view sha512_mark = "$6$";
constexpr std::string_view scram_mark = "$scram-sha-256$";
constexpr std::uint32_t most_memory_kib = 1U << 20U;
constexpr std::uint32_t most_passes = 64;
constexpr std::uint32_t most_lanes = 16;
constexpr std::uint32_t most_iterations = 10'000'000;
constexpr std::uint32_t pbkdf2_iterations = 210'000;
constexpr std::size_t hash_size = 32;
constexpr std::size_t longest_secret = 64;

std::unexpected<error> refuse(std::string& why, std::string_view text) {
  why = text;
  return std::unexpected(error{error_domain::config, 0});
}

// The text up to the next separator, which it takes too.
std::string_view take_field(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

bool take_number(std::string_view text, std::string_view name, std::uint32_t most, std::uint32_t& into) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return failed == std::errc() && end == text.data() + text.size() && into >= 1 && into <= most;
}

struct made_keys {
  sha256_digest stored{};
  sha256_digest server{};
};

// Spec: RFC 5802 §3.
bool derive_keys(nanolib::bytes password, nanolib::bytes salt, std::uint32_t iterations, made_keys& into) noexcept {
  sha256_digest salted{};
  sha256_digest client{};
  return pbkdf2_sha256(password, salt, iterations, salted) &&
         hmac_sha256(salted, nanolib::as_bytes("Client Key"), client) && sha256(client, into.stored) &&
         hmac_sha256(salted, nanolib::as_bytes("Server Key"), into.server);
}

bool is_printable(std::byte letter) noexcept { return letter >= std::byte{0x20} && letter < std::byte{0x7f}; }

}  // namespace

bool equal_secrets(nanolib::bytes left, nanolib::bytes right) noexcept {
  const auto longer = std::max(left.size(), right.size());
  volatile std::uint32_t different = left.size() == right.size() ? 0U : 1U;
  for (std::size_t i = 0; i < longer; ++i) {
    const auto a = i < left.size() ? left[i] : std::byte{0};
    const auto b = i < right.size() ? right[i] : std::byte{0};
    different = different | std::to_integer<std::uint32_t>(a ^ b);
  }
  return different == 0;
}

bool password_hash::set_secrets(std::string_view salt, std::string_view hash, bool padded) {
  auto salted = decode_base64(salt, padded);
  auto hashed = decode_base64(hash, padded);
  if (!salted || !hashed || salted->empty() || salted->size() > longest_secret || hashed->size() < 16 ||
      hashed->size() > longest_secret)
    return false;
  salt_ = std::move(*salted);
  hash_ = std::move(*hashed);
  return true;
}

// m=19456,t=2,p=1$SALT$HASH
bool password_hash::parse_argon2id(std::string_view fields, password_hash& into) {
  auto costs = take_field(fields, '$');
  const auto salt = take_field(fields, '$');
  return take_number(take_field(costs, ','), "m=", most_memory_kib, into.memory_kib_) &&
         take_number(take_field(costs, ','), "t=", most_passes, into.passes_) &&
         take_number(costs, "p=", most_lanes, into.lanes_) && into.memory_kib_ >= 8 * into.lanes_ &&
         into.set_secrets(salt, fields, false) && into.salt_.size() >= 8;
}

// 101$SALT$HASH
bool password_hash::parse_pbkdf2(std::string_view fields, password_hash& into) {
  const auto iterations = take_field(fields, '$');
  const auto salt = take_field(fields, '$');
  return take_number(iterations, "", most_iterations, into.passes_) && into.set_secrets(salt, fields, true) &&
         into.hash_.size() == 64;
}

// i=15000$SALT$STOREDKEY$SERVERKEY
bool password_hash::parse_scram(std::string_view fields, password_hash& into) {
  const auto iterations = take_field(fields, '$');
  const auto salt = take_field(fields, '$');
  const auto stored = take_field(fields, '$');
  auto server = decode_base64(fields, false);
  if (!server || server->size() != std::tuple_size_v<sha256_digest>) return false;
  into.server_key_ = std::move(*server);
  return take_number(iterations, "i=", most_scram_iterations, into.passes_) && into.passes_ >= least_scram_iterations &&
         into.set_secrets(salt, stored, false) && into.salt_.size() >= 8 &&
         into.hash_.size() == std::tuple_size_v<sha256_digest>;
}

nanolib::result<password_hash> password_hash::parse(std::string_view text, std::string& why) {
  password_hash out;
  out.text_ = text;
  bool good = false;
  bool there = has_sha512();
  if (text.starts_with(argon2id_mark)) {
    out.kind_ = kind::argon2id;
    good = parse_argon2id(text.substr(argon2id_mark.size()), out);
    there = has_argon2();
  } else if (text.starts_with(pbkdf2_mark)) {
    out.kind_ = kind::pbkdf2;
    good = parse_pbkdf2(text.substr(pbkdf2_mark.size()), out);
  } else if (text.starts_with(sha512_mark)) {
    out.kind_ = kind::sha512;
    auto fields = text.substr(sha512_mark.size());
    const auto salt = take_field(fields, '$');
    good = out.set_secrets(salt, fields, true) && out.hash_.size() == 64;
  } else if (text.starts_with(scram_mark)) {
    out.kind_ = kind::scram;
    good = parse_scram(text.substr(scram_mark.size()), out);
    there = has_sha256();
  } else {
    return refuse(why, "no password hash that is known here: $argon2id$v=19$, $7$, $6$ or $scram-sha-256$");
  }
  if (!good) return refuse(why, "a password hash that is damaged, or more costly than is sensible");
  if (!there) return refuse(why, "this program was built without what this kind of password hash needs");
  return out;
}

password_hash password_hash::plain(std::string_view password) {
  password_hash out;
  const auto data = nanolib::as_bytes(password);
  out.hash_.assign(data.begin(), data.end());
  return out;
}

nanolib::result<password_hash> password_hash::make(nanolib::bytes password, nanolib::bytes salt, std::string& why) {
  std::string text;
  if (has_argon2()) {
    const argon2_cost cost;
    std::byte hash[hash_size];
    if (!argon2id(password, salt, cost, hash)) return refuse(why, "the password could not be hashed: out of memory?");
    text = std::string(argon2id_mark) + "m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.passes) +
           ",p=" + std::to_string(cost.lanes) + "$" + encode_base64(salt, false) + "$" + encode_base64(hash, false);
  } else {
    sha512_digest hash{};
    if (!pbkdf2_sha512(password, salt, pbkdf2_iterations, hash))
      return refuse(why, "this program was built without libargon2 and mbedtls, and cannot hash passwords");
    text = std::string(pbkdf2_mark) + std::to_string(pbkdf2_iterations) + "$" + encode_base64(salt, true) + "$" +
           encode_base64(hash, true);
  }
  return parse(text, why);
}

nanolib::result<password_hash> password_hash::make_scram(nanolib::bytes password, nanolib::bytes salt,
                                                         std::uint32_t iterations, std::string& why) {
  if (iterations < least_scram_iterations || iterations > most_scram_iterations)
    return refuse(why, "SCRAM takes 4096 iterations at least, and 1000000 at most");
  if (password.empty() || !std::ranges::all_of(password, is_printable))
    return refuse(why, "a password for SCRAM is made of printable ASCII: letters, digits, signs and blanks");
  made_keys keys;
  if (!derive_keys(password, salt, iterations, keys))
    return refuse(why, "this program was built without mbedtls, and cannot make keys for SCRAM");
  return parse(std::string(scram_mark) + "i=" + std::to_string(iterations) + "$" + encode_base64(salt, false) + "$" +
                   encode_base64(keys.stored, false) + "$" + encode_base64(keys.server, false),
               why);
}

bool password_hash::matches(nanolib::bytes password) const noexcept {
  std::byte made[longest_secret]{};
  const auto out = std::span(made).first(std::min(hash_.size(), longest_secret));
  switch (kind_) {
    case kind::plain:
      return equal_secrets(password, hash_);
    case kind::argon2id:
      return argon2id(password, salt_, {memory_kib_, passes_, lanes_}, out) && equal_secrets(out, hash_);
    case kind::pbkdf2:
      return pbkdf2_sha512(password, salt_, passes_, out) && equal_secrets(out, hash_);
    case kind::sha512: {
      sha512_digest digest{};
      return sha512(password, salt_, digest) && equal_secrets(digest, hash_);
    }
    case kind::scram: {
      made_keys keys;
      return derive_keys(password, salt_, passes_, keys) && equal_secrets(keys.stored, hash_);
    }
  }
  return false;
}

}  // namespace nanomq::access
