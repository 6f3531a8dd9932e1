// A client library that takes part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nanomq::bench::sdk {

enum class job_kind : std::uint8_t { publish_qos_0, publish_qos_1, receive_qos_0 };

/// What every library does: connect with MQTT 3.1.1, publish or receive so many messages of 16 bytes, and go. Publishing is
/// done when all are written (QoS 0) or acknowledged (QoS 1); at most `window` are under way.
struct job {
  job_kind kind = job_kind::publish_qos_0;
  std::size_t messages = 0;
  std::uint16_t port = 0;
  std::size_t window = 10'000;
  std::string topic = "bench/sdk";
  std::string payload = "0123456789abcdef";
};

/// Does the job; throws std::runtime_error when it can't.
using contender_function = void (*)(const job& what);

struct contender {
  const char* name;
  contender_function run;
  bool ours;
};

/// All that were built in. A library's file registers itself.
[[nodiscard]] const std::vector<contender>& contenders();
struct registration {
  registration(const char* name, contender_function run);
};

}  // namespace nanomq::bench::sdk
