// The address of a Unix socket from its name.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace nanomq::program {

struct unix_address {
  sockaddr_un address{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }
};

/// A path, or with `@` before it a name in the abstract namespace. None: it is empty or too long.
[[nodiscard]] inline std::optional<unix_address> unix_address_of(std::string_view name) noexcept {
  unix_address out;
  out.address.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof out.address.sun_path) return std::nullopt;
  std::memcpy(out.address.sun_path, name.data(), name.size());
  const bool is_abstract = name.front() == '@';
  if (is_abstract) out.address.sun_path[0] = '\0';
  out.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));
  return out;
}

}  // namespace nanomq::program
