// A packet as one line of a trace.
#pragma once

#include <string>
#include <string_view>

#include "nanomq/broker/packet_traces.hpp"

namespace nanomq::broker {

/// "2026-11-22T13:58:02.780Z in PUBLISH client=a address=127.0.0.1 …" and the line's end. Whatever clients put into names,
/// topics and payloads, it is one line of printable ASCII.
[[nodiscard]] std::string packet_text(const traced_packet& what, nanolib::wall_time when, std::uint32_t payload_bytes);

/// Whether it is a SUBSCRIBE or UNSUBSCRIBE with this filter, or with one that it matches.
[[nodiscard]] bool has_filter(const traced_packet& what, std::string_view filter);

}  // namespace nanomq::broker
