// For builds without libargon2.
#include "digest.hpp"

namespace nanomq::access {

bool has_argon2() noexcept { return false; }
bool argon2id(nanolib::bytes /*password*/, nanolib::bytes /*salt*/, const argon2_cost& /*cost*/,
              std::span<std::byte> /*into*/) noexcept {
  return false;
}

}  // namespace nanomq::access
