// One password as it is kept: argon2id, mosquitto_passwd's two kinds, keys for SCRAM, or (in NanoMQ's configuration) the
// password itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/result.hpp"

namespace nanomq::access {

/// Compares without telling by its duration where the two differ. Shape: the longer of the two.
[[nodiscard]] bool equal_secrets(nanolib::bytes left, nanolib::bytes right) noexcept;

/// What SCRAM-SHA-256 needs of a password. Views. Spec: RFC 5802 §3, RFC 7677.
struct scram_keys {
  std::uint32_t iterations = 0;
  nanolib::bytes salt;
  nanolib::bytes stored_key;  ///< 32 bytes
  nanolib::bytes server_key;  ///< likewise
};

/// Shape: matches() takes as long as the hash is made to take, tens of milliseconds: not on an event loop's thread.
/// Thread: immutable.
class password_hash {
 public:
  enum class kind : std::uint8_t {
    argon2id,  ///< $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH
    pbkdf2,    ///< $7$ITERATIONS$SALT$HASH: PBKDF2 with SHA-512
    sha512,    ///< $6$SALT$HASH: SHA-512 once, which is fast to guess
    scram,     ///< $scram-sha-256$i=15000$SALT$STOREDKEY$SERVERKEY
    plain,     ///< the password
  };
  /// Of SCRAM: what make_scram() takes, and what parse() does.
  static constexpr std::uint32_t least_scram_iterations = 4'096;
  static constexpr std::uint32_t usual_scram_iterations = 15'000;
  static constexpr std::uint32_t most_scram_iterations = 1'000'000;

  /// One of the first four. What it would cost to check is bounded.
  /// Errors: config; `why` says what is wrong, and never what was written.
  [[nodiscard]] static nanolib::result<password_hash> parse(std::string_view text, std::string& why);
  [[nodiscard]] static password_hash plain(std::string_view password);
  /// An argon2id hash (19 MiB, two passes), or where the build has none, PBKDF2. `salt`: 16 bytes from a good source.
  /// Errors: config when this build has neither.
  [[nodiscard]] static nanolib::result<password_hash> make(nanolib::bytes password, nanolib::bytes salt,
                                                           std::string& why);

  /// Keys for SCRAM-SHA-256. The password has to be printable ASCII, of which SASLprep leaves every letter as it is; the
  /// rest of Unicode would need its tables (RFC 4013). Errors: config, also for a number of iterations out of range.
  [[nodiscard]] static nanolib::result<password_hash> make_scram(nanolib::bytes password, nanolib::bytes salt,
                                                                 std::uint32_t iterations, std::string& why);

  [[nodiscard]] kind is() const noexcept { return kind_; }
  /// False also when memory is short.
  [[nodiscard]] bool matches(nanolib::bytes password) const noexcept;
  /// Of kind::scram.
  [[nodiscard]] scram_keys keys() const noexcept { return {passes_, salt_, hash_, server_key_}; }
  /// How much work matches() is, for comparing those of one kind.
  [[nodiscard]] std::uint64_t cost() const noexcept {
    return std::uint64_t{passes_} * (memory_kib_ == 0 ? 1 : memory_kib_);
  }
  /// As it stands in a file. Not for plain().
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  password_hash() = default;
  [[nodiscard]] static bool parse_argon2id(std::string_view fields, password_hash& into);
  [[nodiscard]] static bool parse_pbkdf2(std::string_view fields, password_hash& into);
  [[nodiscard]] static bool parse_scram(std::string_view fields, password_hash& into);
  [[nodiscard]] bool set_secrets(std::string_view salt, std::string_view hash, bool padded);

  kind kind_ = kind::plain;
  std::string text_;
  std::vector<std::byte> salt_;
  std::vector<std::byte> hash_;  // of SCRAM the StoredKey
  std::vector<std::byte> server_key_;
  std::uint32_t memory_kib_ = 0;
  std::uint32_t passes_ = 0;  // of argon2id, or the iterations of the others
  std::uint32_t lanes_ = 0;
};

}  // namespace nanomq::access
