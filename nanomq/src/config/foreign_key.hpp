// The keys of NanoMQ's configuration files that are no settings here, and what becomes of each.
#pragma once

#include <string>
#include <string_view>

namespace nanomq::config {

struct foreign_key {
  std::string_view prefix;  ///< the key, or the first parts of it
  bool harmless;            ///< may be passed over with a warning; else leaving it out would admit what it forbids
  std::string_view why;
  std::string_view allowed = {};  ///< a value with which it is harmless all the same
};

/// The row for a key or for what is above it; null when there is none. Shape: rows.
[[nodiscard]] const foreign_key* find_foreign_key(std::string_view key) noexcept;

/// The key below one of these that was probably meant: "http_server.port" for "http_sever.port". Empty: none is near.
/// Shape: rows × length².
[[nodiscard]] std::string nearest_foreign_key(std::string_view key);

}  // namespace nanomq::config
