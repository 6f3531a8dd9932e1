// Traces: every packet of some clients, in and out, as lines in a file, for a time.
//
// For looking at one client, one topic or one network while the broker works. A trace says type, identifiers, topic, sizes and
// reason codes; of a payload only as many bytes as were asked for, and of a password nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/decoder.hpp"

namespace nanomq::broker {

/// What is traced: what meets all of the criteria that are there; one at least has to be.
struct trace_request {
  std::string name;       ///< empty: one is made up
  std::string client_id;  ///< of exactly this client
  std::string
      topic_filter;  ///< PUBLISH with such a topic; SUBSCRIBE and UNSUBSCRIBE with this filter, or one that it matches
  std::string network;  ///< clients with such an address: 10.0.0.0/8, one address, or "unix"
  std::string file;     ///< a new one, mode 0600
  nanolib::duration length{10 * 60'000};
  std::uint64_t most_bytes = 16U * 1024 * 1024;  ///< of the file; it ends there
  std::uint32_t payload_bytes = 0;               ///< that are shown of each payload
};

/// How far it is.
struct trace_status {
  std::string name;
  std::string what;  ///< the criteria, for people
  std::string file;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  nanolib::duration left{0};
};

/// One packet, on its way in or out. Views: valid during the call.
struct traced_packet {
  bool is_sent = false;
  std::string_view client_id;
  std::string_view address;
  nanonng::mqtt::protocol_version version{};
  nanonng::mqtt::frame packet;  ///< the whole of it, unless one of these stands for it:
  const nanonng::mqtt::connect_view* connect = nullptr;
  nanonng::mqtt::reason_code refused = nanonng::mqtt::reason_code::success;  ///< what that is answered with
  const nanonng::mqtt::publish_view* publish = nullptr;  ///< with its topic, where only an alias is in the packet
};

/// Thread: any. Shape: with no trace one relaxed load a packet; else a lock, and for each packet that a trace wants a write to
/// its file.
class packet_traces {
 public:
  static constexpr std::size_t most_traces = 8;
  static constexpr std::uint32_t most_payload_bytes = 4096;

  explicit packet_traces(nanolib::clock& time) noexcept;
  ~packet_traces();

  /// Whether note() is worth calling.
  [[nodiscard]] bool any() const noexcept { return count_.load(std::memory_order_relaxed) != 0; }
  void note(const traced_packet& what) noexcept;

  /// Errors: config (the request), sys (the file); `why` is one line.
  [[nodiscard]] nanolib::result<trace_status> start(const trace_request& request, std::string& why);
  /// How it ended; none: there is no trace with this name.
  [[nodiscard]] std::optional<trace_status> stop(std::string_view name);
  [[nodiscard]] std::vector<trace_status> list();
  /// Ends those whose time is over. Called now and then.
  void expire() noexcept;

 private:
  class trace;
  void end(std::size_t index) NANOLIB_REQUIRES(mutex_);

  nanolib::clock& clock_;
  std::atomic<std::uint32_t> count_{0};
  nanolib::mutex mutex_;
  std::vector<std::unique_ptr<trace>> traces_ NANOLIB_GUARDED_BY(mutex_);
  std::uint64_t made_ NANOLIB_GUARDED_BY(mutex_) = 0;
};

}  // namespace nanomq::broker
