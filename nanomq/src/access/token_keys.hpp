// The keys that tokens may be signed with: one for each algorithm from a file of its own, and those of a JWK set.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "signature.hpp"

namespace nanomq::access {

/// Thread: thread-safe; immutable.
class token_keys {
 public:
  /// Each algorithm has a key in the end. Of a set, those count that are for a signature by one of the algorithms; others,
  /// and kinds that are not known, are passed over; one that is broken is not. Spec: RFC 7517 §5.
  /// Errors: config or sys; `why` says which file or setting, and has nothing of a key in it.
  [[nodiscard]] static nanolib::result<token_keys> open(const token_settings& from, std::string& why);

  /// Whether there is a key for this algorithm.
  [[nodiscard]] bool knows(std::string_view algorithm) const noexcept;
  /// The key that has signed; null: none has. With `id` (`kid`) only that one is asked, and where there is none of that name
  /// those that have no name. Shape: a signature is computed for each key that is asked.
  [[nodiscard]] const signature_key* signer(std::string_view algorithm, std::string_view id, nanolib::bytes text,
                                            nanolib::bytes signature) const noexcept;
  [[nodiscard]] bool has(nanolib::bytes fingerprint) const noexcept;

 private:
  struct named_key {
    std::string id;  // empty: none
    std::unique_ptr<const signature_key> key;
  };

  [[nodiscard]] bool read_set(std::string_view text, const std::vector<token_algorithm>& wanted, std::string& why);
  [[nodiscard]] bool read_one(std::string_view text, const std::vector<token_algorithm>& wanted, std::string& why);

  std::vector<named_key> all_;
};

}  // namespace nanomq::access
