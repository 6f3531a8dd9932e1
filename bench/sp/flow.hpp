// A stream of messages from one end to the other, and how long it took.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace nanomq::bench {

struct load {
  std::size_t messages = 0;
  std::size_t size = 0;
};

struct measured {
  std::size_t arrived = 0;
  double seconds = 0;  ///< from the first message sent to the last one that came
};

/// A push and a pull socket, or a pub and a sub socket. Empty URLs: the two meet directly.
[[nodiscard]] measured run_sp(const load& what, bool publish, const std::string& into, const std::string& out_of);

/// A push socket that dials `into`, and a subscriber to `topic`.
[[nodiscard]] measured run_sp_to_mqtt(const load& what, const std::string& into, std::uint16_t port,
                                      const std::string& topic);

/// A publisher to `topic`, and a pull socket that dials `out_of`.
[[nodiscard]] measured run_mqtt_to_sp(const load& what, std::uint16_t port, const std::string& topic,
                                      const std::string& out_of);

/// A publisher and a subscriber at one broker, with QoS 0.
[[nodiscard]] measured run_mqtt(const load& what, std::uint16_t port);

/// How long a receiver waits for another message before it takes the rest for lost.
inline constexpr std::chrono::milliseconds patience{2'000};

}  // namespace nanomq::bench
