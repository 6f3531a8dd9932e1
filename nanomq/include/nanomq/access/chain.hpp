// Who is asked who a client is, and in which order: the links of `auth.chain`. A way to find out has one row here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nanomq::access {

struct access_settings;

enum class chain_link : std::uint8_t { certificate, jwt, password, http };

struct chain_link_row {
  chain_link link;
  std::string_view name;     ///< as it stands in auth.chain
  std::string_view setting;  ///< what configures it
  bool (*is_configured)(const access_settings& from);
};

/// In the order in which they are asked unless the configuration says otherwise: what TLS has proved, then what can be told
/// by itself, then what takes long, then whom others have to be asked about.
[[nodiscard]] std::span<const chain_link_row> chain_links() noexcept;
[[nodiscard]] const chain_link_row& row_of(chain_link link) noexcept;
[[nodiscard]] std::vector<chain_link> usual_chain();

}  // namespace nanomq::access
