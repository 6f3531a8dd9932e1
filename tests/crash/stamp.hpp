// What stands in a payload: whose message it is and which one, and bytes that show whether it arrived as it was sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nanolib/base/bytes.hpp"

namespace nanomq::crash {

/// One message: the stream is a publisher's topic, the sequence counts within it.
struct stamp {
  std::uint32_t stream = 0;
  std::uint32_t sequence = 0;
  friend bool operator==(const stamp&, const stamp&) = default;
};

/// Most payloads have `usual_size`; one in 61 has some thousand bytes and one in 1 009 some ten thousand.
[[nodiscard]] std::vector<std::byte> make_payload(const stamp& what, std::size_t usual_size);

/// The stamp of a payload, when every byte and the length are as make_payload() writes them.
[[nodiscard]] std::optional<stamp> read_payload(nanolib::bytes payload, std::size_t usual_size) noexcept;

}  // namespace nanomq::crash
