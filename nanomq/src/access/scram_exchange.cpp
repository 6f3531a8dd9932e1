// SCRAM-SHA-256, the server's side. Spec: RFC 5802, RFC 7677.
//
// A user who is not there, or whose entry has no keys for this, is led through the same conversation with a salt of their
// own that is always the same, and is refused at its end as somebody with a wrong password is. That salt comes from a key
// that nobody else has: the ServerKey of the entry that stands first in the file.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base64.hpp"
#include "digest.hpp"
#include "nanomq/access/exchange_method.hpp"
#include "scram_message.hpp"

namespace nanomq::access {
namespace {

using nanonng::mqtt::reason_code;

/// What a conversation needs to know of the users. Thread: immutable.
struct scram_users {
  std::shared_ptr<const password_file> file;
  nonce_source nonces = append_system_nonce;
  sha256_digest decoy_key{};
  std::size_t decoy_salt_size = 16;
  std::uint32_t decoy_iterations = password_hash::usual_scram_iterations;
};

/// The keys of one user, or what stands for them.
struct held_keys {
  std::uint32_t iterations = 0;
  std::string salt;  // as it is sent
  sha256_digest stored{};
  sha256_digest server{};
};

class scram_exchange final : public broker::exchange {
 public:
  explicit scram_exchange(std::shared_ptr<const scram_users> users) : users_(std::move(users)) {}
  ~scram_exchange() override {
    ::explicit_bzero(keys_.stored.data(), keys_.stored.size());
    ::explicit_bzero(keys_.server.data(), keys_.server.size());
  }

  outcome hear(nanolib::bytes data, std::string& answer) noexcept override {
    try {
      if (!first_.empty()) return end(judge(nanolib::as_text(data), answer));
      return begin(nanolib::as_text(data), answer) ? outcome::goes_on : outcome::ended;
    } catch (const std::bad_alloc&) {
      return end({reason_code::server_busy, 0, "out of memory"});
    }
  }
  const broker::admission& admitted() const noexcept override { return said_; }
  std::string_view user_name() const noexcept override { return user_; }

 private:
  outcome end(const broker::admission& how) noexcept {
    said_ = how;
    return outcome::ended;
  }

  bool refuse(std::string_view why) noexcept {
    said_ = {reason_code::not_authorized, 0, why};
    return false;
  }

  bool begin(std::string_view message, std::string& answer) {
    const auto first = read_scram_first(message);
    if (!first) return refuse("scram: not a first message that is understood");
    if (!first->on_behalf.empty() && first->on_behalf != first->user_name)
      return refuse("scram: on behalf of somebody else");
    nonce_ = first->nonce;
    if (!users_->nonces(nonce_) || !find_keys(first->user_name))
      return refuse("scram: no random numbers, or no hashes");
    user_ = first->user_name;
    binding_ = encode_base64(nanolib::as_bytes(first->header), true);
    answer = "r=" + nonce_ + ",s=" + keys_.salt + ",i=" + std::to_string(keys_.iterations);
    first_ = std::string(first->bare) + "," + answer + ",";
    return true;
  }

  // Everybody's keys cost the same: what is made up is made up for those who have some, too.
  bool find_keys(std::string_view user) {
    sha256_digest made_up{};
    if (!hmac_sha256(users_->decoy_key, nanolib::as_bytes(user), made_up)) return false;
    nanolib::bytes salt = nanolib::bytes(made_up).first(std::min(users_->decoy_salt_size, made_up.size()));
    keys_.iterations = users_->decoy_iterations;
    keys_.stored = made_up;
    keys_.server = made_up;
    const password_hash* const entry = users_->file->find(user);
    is_known_ = entry != nullptr;
    has_keys_ = is_known_ && entry->is() == password_hash::kind::scram;
    if (has_keys_) {
      const scram_keys real = entry->keys();
      salt = real.salt;
      keys_.iterations = real.iterations;
      std::ranges::copy(real.stored_key, keys_.stored.begin());
      std::ranges::copy(real.server_key, keys_.server.begin());
    }
    keys_.salt = encode_base64(salt, true);
    return true;
  }

  broker::admission judge(std::string_view message, std::string& answer) {
    constexpr auto refused = reason_code::not_authorized;
    const auto final = read_scram_final(message);
    if (!final) return {refused, 0, "scram: not a final message that is understood"};
    if (final->binding != binding_) return {refused, 0, "scram: another channel binding than in the first message"};
    if (final->nonce != nonce_) return {refused, 0, "scram: another nonce"};
    const std::string spoken = first_ + std::string(final->without_proof);
    sha256_digest signature{};
    sha256_digest shown{};
    sha256_digest stored{};
    if (!hmac_sha256(keys_.stored, nanolib::as_bytes(spoken), signature)) return {refused, 0, "scram: no hashes"};
    for (std::size_t i = 0; i < shown.size(); ++i) shown[i] = final->proof[i] ^ signature[i];
    if (!sha256(shown, stored) || !hmac_sha256(keys_.server, nanolib::as_bytes(spoken), signature))
      return {refused, 0, "scram: no hashes"};
    const bool right = equal_secrets(stored, keys_.stored);
    if (!is_known_) return {refused, 0, "scram: no such user"};
    if (!has_keys_) return {refused, 0, "scram: the user's entry has no keys for it; nanomq passwd --scram makes some"};
    if (!right) return {refused, 0, "scram: wrong password"};
    answer = "v=" + encode_base64(signature, true);
    return {reason_code::success};
  }

  std::shared_ptr<const scram_users> users_;
  held_keys keys_;
  std::string user_;
  std::string binding_;
  std::string nonce_;
  std::string first_;  // what is signed, up to the client's final message; empty: it has not begun
  broker::admission said_;
  bool is_known_ = false;
  bool has_keys_ = false;
};

class scram_method final : public exchange_method {
 public:
  explicit scram_method(std::shared_ptr<const scram_users> users) : users_(std::move(users)) {}
  std::string_view name() const noexcept override { return "SCRAM-SHA-256"; }
  std::unique_ptr<broker::exchange> begin() const override { return std::make_unique<scram_exchange>(users_); }

 private:
  std::shared_ptr<const scram_users> users_;
};

}  // namespace

bool append_system_nonce(std::string& into) {
  std::array<std::byte, 18> random{};
  if (::getentropy(random.data(), random.size()) != 0) return false;
  into += encode_base64(random, false);
  return true;
}

std::unique_ptr<const exchange_method> make_scram_method(const std::shared_ptr<const password_file>& users,
                                                         nonce_source nonces) {
  const password_hash* const first = users->first_scram();
  if (first == nullptr) return nullptr;
  auto made = std::make_shared<scram_users>();
  made->file = users;
  made->nonces = nonces;
  const scram_keys keys = first->keys();
  made->decoy_salt_size = keys.salt.size();
  made->decoy_iterations = keys.iterations;
  if (!hmac_sha256(keys.server_key, nanolib::as_bytes("salts of nobody"), made->decoy_key)) return nullptr;
  return std::make_unique<scram_method>(std::move(made));
}

}  // namespace nanomq::access
