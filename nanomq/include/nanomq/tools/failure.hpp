// Why a connection could not be made or did not last.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::tools {

struct failure {
  enum class kind : std::uint8_t {
    none,
    local,            ///< nothing was sent: no descriptor, no port, no memory; `error`
    dial,             ///< the transport said no, or nothing in time; `error`
    connack_timeout,  ///< connected, but no CONNACK in time
    refused,          ///< CONNACK with `reason`
    closed,           ///< the server closed without a word, or the transport broke; `error`
    disconnected,     ///< DISCONNECT from the server with `reason`
    silent,           ///< no PINGRESP
    violation,        ///< the server sent what it may not send; `reason`, and `why` in words
  };
  kind what = kind::none;
  bool after_connack = false;  ///< whether the connection had been open
  nanonng::mqtt::reason_code reason = nanonng::mqtt::reason_code::success;
  nanolib::error error{};
  std::string_view why = {};  ///< static
  std::string detail{};       ///< what the layers of the transport know of it

  friend bool operator==(const failure&, const failure&) = default;
};

/// "connection refused", "CONNACK: not authorized (0x87)", "closed by the server without a word". For a person.
[[nodiscard]] std::string describe(const failure& what);
/// What one can do about it, or nothing where there is nothing to say.
[[nodiscard]] std::string_view advice(const failure& what) noexcept;

/// Counts failures by reason. Shape: a short list: there are few different ones. Thread: externally synchronised.
class failure_tally {
 public:
  using entry = std::pair<failure, std::uint64_t>;

  void add(const failure& what, std::uint64_t times = 1);
  void merge(const failure_tally& other);
  /// The most frequent first.
  [[nodiscard]] std::vector<entry> sorted() const;
  [[nodiscard]] std::uint64_t total() const noexcept;

 private:
  std::vector<entry> entries_;
};

}  // namespace nanomq::tools
