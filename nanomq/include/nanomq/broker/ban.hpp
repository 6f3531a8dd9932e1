// Who may not come in, why, and until when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/time.hpp"
#include "nanomq/access/address.hpp"

namespace nanomq::broker {

/// What it says of a client has to be true of it altogether; what is empty says nothing. Shape: value.
struct ban {
  enum class source : std::uint8_t {
    configuration,  ///< there until the configuration says otherwise
    person,         ///< somebody has banned it while the broker ran: kept over restarts where there is a store
    flapping,       ///< it came and went too often
  };

  static constexpr std::size_t longest_reason = 256;  ///< whoever makes one sees to it

  std::string client_id;
  std::string user;
  std::optional<nanomq::access::ip_network> network;
  bool is_local = false;  ///< who comes over a Unix socket
  std::string reason;
  nanolib::wall_time since{};
  nanolib::wall_time until = nanolib::wall_time::max();  ///< max(): for good
  source from = source::person;

  /// "10.0.0.0/8", "2001:db8::7", "unix"; empty: any.
  [[nodiscard]] std::string address() const;
  /// The same from its text. False: it is neither.
  [[nodiscard]] bool set_address(std::string_view text);
  [[nodiscard]] bool is_empty() const noexcept { return client_id.empty() && user.empty() && !network && !is_local; }
  /// Whether both are about the same clients.
  [[nodiscard]] bool is_about_the_same(const ban& other) const noexcept;
};

/// "configuration", "operator", "flapping"
[[nodiscard]] std::string_view name_of(ban::source from) noexcept;

}  // namespace nanomq::broker
