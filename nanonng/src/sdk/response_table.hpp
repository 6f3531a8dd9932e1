// Requests that wait for their responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "nanonng/mqtt/correlation.hpp"
#include "nanonng/sdk/message.hpp"
#include "nanonng/sdk/operation.hpp"
#include "nanonng/sdk/options.hpp"

namespace nanonng::sdk {

class deadline;
class engine;

/// A request() from the call to its response, and what is sent for it.
class request_operation final : public operation_state<message> {
 public:
  explicit request_operation(engine& home) noexcept : home_(home) {}
  void abandon(nanolib::error why) noexcept override;

  std::string topic;
  std::string payload;
  request_options how;
  std::uint64_t number = 0;     ///< the Correlation Data; 0: not sent yet
  deadline* expires = nullptr;  ///< the loop's
  /// The PUBLISH of it while that matters. Thread: the loop's.
  nanolib::intrusive_ptr<operation_state<publish_outcome>> sent;

 private:
  ~request_operation() override = default;
  engine& home_;
};
using request_ptr = nanolib::intrusive_ptr<request_operation>;

/// Requests by number. Thread: loop-confined.
class response_table {
 public:
  /// Numbers the request and waits for its response.
  void add(const request_ptr& which) {
    which->number = ++last_;
    waiting_.emplace(which->number, which);
  }
  /// Whom a response is for; null when nobody waits for it.
  [[nodiscard]] request_ptr take(std::uint64_t number) noexcept {
    const auto found = waiting_.find(number);
    if (found == waiting_.end()) return nullptr;
    request_ptr which = std::move(found->second);
    waiting_.erase(found);
    return which;
  }
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::vector<request_ptr> take_all() {
    std::vector<request_ptr> all;
    for (auto& [number, which] : waiting_) all.push_back(std::move(which));
    waiting_.clear();
    return all;
  }

  /// The number in Correlation Data; 0, which no request has, when there is none.
  [[nodiscard]] static std::uint64_t number_in(const std::optional<nanolib::bytes>& correlation) noexcept {
    return correlation ? mqtt::correlation_number(*correlation).value_or(0) : 0;
  }

 private:
  std::unordered_map<std::uint64_t, request_ptr> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace nanonng::sdk
