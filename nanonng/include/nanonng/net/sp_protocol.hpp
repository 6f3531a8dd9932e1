// The eleven protocols of SP (nanomsg, nng) as values: their names, and what can be done with a socket of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nanonng::net {

enum class sp_protocol : std::uint8_t {
  pub0,
  sub0,
  push0,
  pull0,
  pair0,
  pair1,
  bus0,
  req0,
  rep0,
  surveyor0,
  respondent0,
};
inline constexpr std::size_t sp_protocol_count = 11;

struct sp_traits {
  std::string_view name;
  bool sends = false;         ///< messages go out of it by themselves
  bool receives = false;      ///< messages come in by themselves
  bool asks = false;          ///< req0, surveyor0: a message out, answers in
  bool answers = false;       ///< rep0, respondent0: a message in, an answer out
  bool waits = false;         ///< sending waits until a peer takes the message; otherwise who is not there misses it
  bool many_answers = false;  ///< surveyor0: as many as come in time
};

[[nodiscard]] const sp_traits& traits_of(sp_protocol which) noexcept;
/// "pub0" and so on, and without the digit for version 0: "pub", "pair". Empty: no such protocol.
[[nodiscard]] std::optional<sp_protocol> sp_protocol_named(std::string_view name) noexcept;

/// tls+tcp:// and its relatives, wss://.
[[nodiscard]] constexpr bool sp_url_has_tls(std::string_view url) noexcept {
  return url.starts_with("tls+") || url.starts_with("wss");
}
/// ws:// and its relatives, wss:// among them.
[[nodiscard]] constexpr bool sp_url_is_websocket(std::string_view url) noexcept { return url.starts_with("ws"); }

}  // namespace nanonng::net
