// What a client says in SCRAM: two messages, read completely before anything is believed. Spec: RFC 5802 §5, §7.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "digest.hpp"

namespace nanomq::access {

inline constexpr std::size_t longest_scram_message = 2'048;

/// `n,,n=user,r=nonce`. Views into the message.
struct scram_first {
  std::string_view header;     ///< "n,,": which channel binding, and on whose behalf
  std::string_view bare;       ///< what follows it
  std::string user_name;       ///< =2C and =3D are letters again
  std::string_view on_behalf;  ///< as it is written; empty: of the user itself
  std::string_view nonce;
};

/// None when it is no such message, needs channel binding, or demands an extension (RFC 5802 §5.1, m=). A name is
/// printable ASCII: of that SASLprep leaves each letter as it is, and the rest would need the tables of RFC 4013.
[[nodiscard]] std::optional<scram_first> read_scram_first(std::string_view message);

/// `c=biws,r=nonce,p=proof`. Views into the message.
struct scram_final {
  std::string_view binding;  ///< base64 of the first message's header
  std::string_view nonce;
  std::string_view without_proof;
  sha256_digest proof{};
};

[[nodiscard]] std::optional<scram_final> read_scram_final(std::string_view message);

}  // namespace nanomq::access
