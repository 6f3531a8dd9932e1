#include "nanonng/sdk/scram.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include "error_text.hpp"
#include "nanonng/sdk/error.hpp"
#include "scram_client.hpp"

namespace nanonng::sdk {
namespace {

constexpr std::uint32_t least_iterations = 4'096;
constexpr std::uint32_t most_iterations = 1'000'000;
constexpr std::size_t longest_message = 4'096;

using nanolib::as_bytes;

std::unexpected<nanolib::error> refuse() { return std::unexpected(mqtt_error_of(mqtt::reason_code::not_authorized)); }

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Spec: RFC 5802 §5.1, saslname.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',' || c == '=') {
      out += c == ',' ? "=2C" : "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

// `r=…` up to the next comma; what is behind that stays.
bool take_attribute(std::string_view& rest, char name, std::string_view& into) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return false;
  const auto end = std::min(rest.find(','), rest.size());
  into = rest.substr(2, end - 2);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

bool are_equal(std::string_view left, std::string_view right) noexcept {
  volatile unsigned different = left.size() == right.size() ? 0U : 1U;
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    different = different | static_cast<unsigned>(static_cast<unsigned char>(left[i] ^ right[i]));
  }
  return different == 0;
}

}  // namespace

scram_client::scram_client(std::string_view user, std::string_view password) : user_(user), password_(password) {}

scram_client::~scram_client() {
  ::explicit_bzero(password_.data(), password_.size());
  ::explicit_bzero(client_key_.data(), client_key_.size());
  ::explicit_bzero(server_key_.data(), server_key_.size());
}

std::string scram_client::begin(std::string_view nonce) {
  expected_.clear();
  nonce_ = nonce;
  bare_ = "n=" + escaped(user_) + ",r=" + nonce_;
  return "n,," + bare_;
}

bool scram_client::derive(std::string_view salt, std::uint32_t iterations) {
  if (iterations_ == iterations && salt_ == salt) return true;
  sha256_digest salted{};
  iterations_ = 0;
  if (!pbkdf2_sha256(as_bytes(password_), as_bytes(salt), iterations, salted) ||
      !hmac_sha256(salted, as_bytes("Client Key"), client_key_) ||
      !hmac_sha256(salted, as_bytes("Server Key"), server_key_)) {
    return false;
  }
  salt_ = salt;
  iterations_ = iterations;
  return true;
}

nanolib::result<std::string> scram_client::answer(std::string_view challenge) {
  std::string_view rest = challenge;
  std::string_view nonce;
  std::string_view salt;
  std::string_view count;
  std::uint32_t iterations = 0;
  // An extension that has to be understood would stand first (m=), and is refused with everything else.
  if (nonce_.empty() || challenge.size() > longest_message || !take_attribute(rest, 'r', nonce) ||
      !take_attribute(rest, 's', salt) || !take_attribute(rest, 'i', count)) {
    return refuse();
  }
  const auto [end, fault] = std::from_chars(count.data(), count.data() + count.size(), iterations);
  const auto plain_salt = decode_base64(salt);
  if (fault != std::errc() || end != count.data() + count.size() || iterations < least_iterations ||
      iterations > most_iterations || !plain_salt || plain_salt->empty() || !nonce.starts_with(nonce_) ||
      nonce.size() == nonce_.size() || !is_printable(nonce) || !derive(*plain_salt, iterations)) {
    return refuse();
  }
  const std::string last = "c=biws,r=" + std::string(nonce);
  const std::string spoken = bare_ + "," + std::string(challenge) + "," + last;
  nonce_.clear();  // one answer for each
  sha256_digest stored{};
  sha256_digest proof{};
  sha256_digest signature{};
  if (!sha256(client_key_, stored) || !hmac_sha256(stored, as_bytes(spoken), proof) ||
      !hmac_sha256(server_key_, as_bytes(spoken), signature)) {
    return refuse();
  }
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= client_key_[i];
  expected_ = "v=" + encode_base64(signature);
  return last + ",p=" + encode_base64(proof);
}

nanolib::result<void> scram_client::finish(std::string_view last) {
  const std::string expected = std::exchange(expected_, {});
  if (expected.empty() || !are_equal(last.substr(0, last.find(',')), expected)) return refuse();
  return {};
}

nanolib::result<authenticator> make_scram_sha_256(std::string_view user, std::string_view password, std::string* why) {
  const auto refuse_for = [why](nanolib::error what, std::string_view text) {
    if (why != nullptr) *why = text;
    return std::unexpected(what);
  };
  if (!has_sha256()) return refuse_for(errors::not_supported, "SCRAM is not in this build, which is without mbedtls");
  if (user.empty() || password.empty() || !is_printable(user) || !is_printable(password)) {
    return refuse_for({nanolib::error_domain::config, 0},
                      "SCRAM takes a user name and a password of printable ASCII, neither of them empty");
  }
  const auto talk = std::make_shared<scram_client>(user, password);
  authenticator made;
  made.method = "SCRAM-SHA-256";
  made.first_data = [talk] {
    std::array<std::byte, 18> random{};
    // Without randomness there is nothing to begin with: the server refuses it.
    return ::getentropy(random.data(), random.size()) == 0 ? talk->begin(encode_base64(random)) : std::string();
  };
  made.answer = [talk](std::string_view challenge) { return talk->answer(challenge); };
  made.finish = [talk](std::string_view last) { return talk->finish(last); };
  return made;
}

}  // namespace nanonng::sdk
