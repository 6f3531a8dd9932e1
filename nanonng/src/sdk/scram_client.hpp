// The client's side of SCRAM-SHA-256, message by message. Spec: RFC 5802 §3, §5.
#pragma once

#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "scram_digest.hpp"

namespace nanonng::sdk {

/// One user's conversations, one after the other. Thread: externally synchronised. Shape: remembers what a salt came to.
class scram_client {
 public:
  scram_client(std::string_view user, std::string_view password);
  scram_client(const scram_client&) = delete;
  scram_client& operator=(const scram_client&) = delete;
  ~scram_client();

  /// Begins anew. `nonce` is what nobody else has said: printable, without a comma.
  [[nodiscard]] std::string begin(std::string_view nonce);
  /// Errors: mqtt: not_authorized, for a challenge that is none or asks for too little or too much.
  [[nodiscard]] nanolib::result<std::string> answer(std::string_view challenge);
  /// Errors: mqtt: not_authorized, when the server does not know the keys.
  [[nodiscard]] nanolib::result<void> finish(std::string_view last);

 private:
  [[nodiscard]] bool derive(std::string_view salt, std::uint32_t iterations);

  std::string user_;
  std::string password_;
  std::string bare_;
  std::string nonce_;
  std::string salt_;  // of the keys
  std::uint32_t iterations_ = 0;
  sha256_digest client_key_{};
  sha256_digest server_key_{};
  std::string expected_;  // of the server, at last; empty: it has not got so far
};

}  // namespace nanonng::sdk
