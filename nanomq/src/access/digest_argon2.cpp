#include <argon2.h>

#include "digest.hpp"

namespace nanomq::access {

bool has_argon2() noexcept { return true; }

bool argon2id(nanolib::bytes password, nanolib::bytes salt, const argon2_cost& cost,
              std::span<std::byte> into) noexcept {
  return argon2id_hash_raw(cost.passes, cost.memory_kib, cost.lanes, password.data(), password.size(), salt.data(),
                           salt.size(), into.data(), into.size()) == ARGON2_OK;
}

}  // namespace nanomq::access
