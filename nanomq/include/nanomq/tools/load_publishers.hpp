// The clients of one loop that publish: whose turn it is, and what keeps whom from sending.
//
// At a rate, each message has its time and is sent as soon after it as the connection lets it, with the time when it was
// due. Without a rate, everybody sends as much as windows and sockets take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nanomq/tools/histogram.hpp"
#include "nanomq/tools/load_client.hpp"
#include "nanomq/tools/load_counters.hpp"
#include "nanomq/tools/load_plan.hpp"
#include "nanomq/tools/publish_schedule.hpp"
#include "nanomq/tools/publish_template.hpp"

namespace nanomq::tools {

/// What the loops of one run have in common. Immutable.
struct load_run_facts {
  std::uint16_t run = 0;
  stamp_clock clock;
};

/// Thread: loop-confined.
class load_publishers {
 public:
  /// `limit` is this loop's share of the messages; 0: no limit.
  load_publishers(const load_plan& plan, const load_run_facts& facts, load_counters& counters, std::uint64_t limit);

  /// A publisher, numbered from 0 in this loop; `number` is its own among all clients of the run. Before begin().
  void add(load_client& client, std::string client_identifier, std::uint64_t number);

  /// Messages may be sent from `start` on.
  void begin(moment start);
  /// No message is sent any more.
  void end() noexcept { running_ = false; }
  /// Sends what is due and possible. True when there is more to do at once.
  [[nodiscard]] bool pump(moment now);
  /// When the next message is due; nothing when that depends on something that happens.
  [[nodiscard]] std::optional<moment> next_due() const noexcept;

  // What happens to a publisher's connection.
  void opened(std::uint32_t publisher, moment now);
  void went_down(std::uint32_t publisher) noexcept { publishers_[publisher].is_open = false; }
  void drained(std::uint32_t publisher) { mark_ready(publishers_[publisher]); }
  /// The broker has answered for a message above QoS 0.
  void completed(std::uint32_t publisher, nanonng::mqtt::request_token token, nanonng::mqtt::reason_code reason,
                 moment arrived);
  /// A subscriber has got a message of this publisher.
  void delivered(std::uint32_t publisher) {
    ++publishers_[publisher].delivered;
    if (by_window()) mark_ready(publishers_[publisher]);
  }

  [[nodiscard]] std::size_t count() const noexcept { return publishers_.size(); }
  [[nodiscard]] std::uint64_t sent(std::uint32_t publisher) const noexcept { return publishers_[publisher].sent; }
  [[nodiscard]] const publish_template& message(std::uint32_t publisher) const noexcept {
    return publishers_[publisher].message;
  }
  /// Whether the limit has been reached.
  [[nodiscard]] bool is_done() const noexcept { return limit_ != 0 && sent_ >= limit_; }
  /// Messages that have not left this machine, have no answer yet or, in a roundtrip, have not come everywhere.
  [[nodiscard]] std::uint64_t outstanding() const noexcept;
  /// Messages above QoS 0 without an answer.
  [[nodiscard]] std::uint64_t unanswered() const noexcept;
  /// From when a message was due to the broker's answer; above QoS 0 only.
  [[nodiscard]] const histogram& acknowledgement_times() const noexcept { return acknowledged_; }
  /// What is recorded begins with messages that are due then.
  void measure_from(moment start) noexcept { measure_from_ = start; }
  /// Why messages can't be sent at all, when that is so.
  [[nodiscard]] std::string_view refusal() const noexcept { return refusal_; }

 private:
  struct sender {
    load_client* client;
    publish_template message;
    std::string client_identifier;
    std::uint64_t number;
    std::uint64_t sent = 0;
    std::uint64_t delivered = 0;  // over all subscribers
    moment due{};                 // of the next message, while it is kept back
    bool is_open = false;
    bool has_begun = false;
    bool is_kept_back = false;  // not in the schedule until something happens
    bool is_ready = false;      // stands in ready_
  };

  [[nodiscard]] bool by_window() const noexcept { return plan_.message_interval.count() == 0; }
  [[nodiscard]] std::uint32_t index_of(const sender& which) const noexcept {
    return static_cast<std::uint32_t>(&which - publishers_.data());
  }
  [[nodiscard]] publish_template make_message(const sender& from) const;
  [[nodiscard]] publish_template make_message(const std::string& client_identifier, std::uint64_t number,
                                              std::uint64_t sequence, std::int64_t unix_ms) const;
  [[nodiscard]] bool has_room(const sender& from) const noexcept;
  void mark_ready(sender& which);
  void start(sender& which, moment due);
  void keep_back(sender& which, moment due) noexcept;
  [[nodiscard]] bool pump_ready(moment now);
  void pump_due(moment now);
  [[nodiscard]] bool send(sender& from, moment due);
  void send_again(sender& from);
  void skip_missed(sender& which, moment now) noexcept;

  const load_plan& plan_;
  const load_run_facts& facts_;
  load_counters& counters_;
  std::uint64_t limit_;
  std::uint64_t sent_ = 0;
  std::uint64_t copies_ = 1;  // how many subscribers get each message
  bool running_ = false;
  bool differs_by_message_;
  publish_schedule schedule_;
  std::vector<sender> publishers_;
  std::vector<std::uint32_t> ready_;  // to be looked at in the next pump
  std::vector<std::uint32_t> looked_at_;
  moment measure_from_{};
  histogram acknowledged_;
  std::string_view refusal_;
};

}  // namespace nanomq::tools
