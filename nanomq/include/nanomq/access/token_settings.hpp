// What a configuration says about JSON Web Tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nanomq::access {

/// Spec: RFC 7518 §3.1. "none" is no algorithm.
enum class token_algorithm : std::uint8_t { hs256, rs256, es256 };

struct token_settings {
  std::vector<token_algorithm> algorithms;  ///< none: tokens are not accepted
  std::string secret_file;                  ///< for HS256
  std::string public_key_file;              ///< for the others: one that is good for one of them
  std::string jwks_file;                    ///< a JWK set, with keys for any of them
  bool from_user_name = false;              ///< a token may stand where the user name would
  std::string user_claim = "sub";           ///< has to be the user name that the client gives
  /// Claims that have to be there with this value: `name=value`, with ${clientid} and ${username} in it.
  std::vector<std::string> verified_claims;
  std::string audience;  ///< empty: any
  std::string issuer;    ///< empty: any
};

}  // namespace nanomq::access
