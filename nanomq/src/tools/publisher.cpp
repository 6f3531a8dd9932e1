#include "nanomq/tools/publisher.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "nanolib/topic/topic.hpp"
#include "nanomq/tools/client_settings.hpp"
#include "nanomq/tools/line_source.hpp"
#include "nanonng/sdk/client.hpp"
#include "tools/client_events.hpp"

namespace nanomq::tools {
namespace {

using nanonng::mqtt::protocol_version;
using nanonng::mqtt::quality_of_service;
using nanonng::mqtt::reason_code;
namespace sdk = nanonng::sdk;

constexpr std::size_t largest_payload = 268'435'455;
// Lines under way: of QoS 0 every so many are followed to their end, of QoS 1 and 2 each.
constexpr std::uint64_t lines_per_mark = 512;
constexpr std::size_t bytes_per_mark = 256U * 1024;
constexpr std::uint64_t marks_under_way = 16;
constexpr std::uint64_t acknowledgements_under_way = 1'000;
// How long the last words may take: once everything has been acknowledged, and for lines that wait for a connection.
constexpr nanolib::duration farewell{2'000};
constexpr nanolib::duration patience{24 * 3'600'000};
// Connections that a broker before MQTT 5 may close on one line before that ends it all: it has no other way to say no.
constexpr std::uint32_t attempts_per_line = 2;
constexpr std::uint64_t the_close = 0;  // the number of its completion; messages count from 1

/// Whether a refusal came from this side, because the server takes no such thing: the message was not sent.
bool was_not_sent(reason_code reason) noexcept {
  return reason == reason_code::qos_not_supported || reason == reason_code::retain_not_supported ||
         reason == reason_code::packet_too_large || reason == reason_code::topic_name_invalid;
}

class publisher_run {
 public:
  publisher_run(publish_job job, int input, run_control& control, tool_output& output)
      : job_(std::move(job)), control_(control), output_(output), events_(control), lines_(input), input_(input) {
    options_.qos = job_.qos;
    options_.retain = job_.retain;
    options_.properties = publish_properties_of(job_.connection.properties);
  }

  int run() {
    if (!load()) return exit_status::failure;
    std::string why;
    auto settings = make_client_settings(job_.connection, why);
    if (!settings) return refuse(why);
    settings->options.callbacks = sdk::callback_mode::io_thread;
    settings->options.linger = nanolib::duration(0);
    settings->options.outgoing = {
        .max_messages = 1'000'000, .max_bytes = 1U << 30U, .policy = sdk::overflow_policy::fail};
    if (sends_lines()) settings->options.reconnect.attempts_per_message = attempts_per_line;
    events_.listen(settings->options);
    auto made = sdk::client::open(settings->url, std::move(settings->options), &why);
    if (!made) return refuse(why);
    client_.emplace(std::move(*made));
    while (!ended_) turn();
    return *status_;
  }

 private:
  [[nodiscard]] bool sends_lines() const noexcept { return job_.from == publish_job::source::lines; }
  [[nodiscard]] bool follows_each() const noexcept {
    return !sends_lines() || job_.qos != quality_of_service::at_most_once;
  }

  int refuse(const std::string& why) {
    output_.complain("Error: " + why);
    return exit_status::failure;
  }

  // The payload, when it comes from elsewhere than the command line.
  bool load() {
    if (job_.from == publish_job::source::file) return load_file();
    if (job_.from != publish_job::source::input) return true;
    auto content = read_all(input_, largest_payload);
    if (!content || content->empty()) {
      output_.complain(content ? "Error: Zero length input." : "Error: " + std::string(describe(content.error())));
      output_.complain("Error loading input from stdin.");
      return false;
    }
    job_.payload = std::move(*content);
    return true;
  }
  bool load_file() {
    const auto name = job_.payload;
    const int descriptor = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      output_.complain("Error: Unable to open file \"" + name + "\".");
    } else {
      auto content = read_all(descriptor, largest_payload);
      ::close(descriptor);
      if (content) {
        job_.payload = std::move(*content);
        return true;
      }
      output_.complain(content.error().code == EMSGSIZE ? "Error: File must be less than 268435455 bytes."
                                                        : "Error: Unable to read file \"" + name +
                                                              "\": " + std::string(describe(content.error())) + ".");
    }
    output_.complain("Error loading input file \"" + name + "\".");
    return false;
  }

  // What happened, then what there is to do.
  void turn() {
    events_.take(changes_, completions_);
    for (const auto& change : changes_) on_change(change);
    for (const auto& one : completions_) on_completion(one);
    if (control_.stop_requested() != 0) return stop();
    if (!status_ && online_once_) sends_lines() ? send_lines() : send_due();
    if (ended_) return;
    const bool wants_input = sends_lines() && !status_ && online_once_ && has_room() && lines_.is_hungry();
    const auto until = next_ ? *next_ : nanolib::never;
    const auto woken = control_.sleep(until, wants_input ? input_ : -1, -1, [this] { return events_.pending(); });
    input_ready_ = woken.input;
  }

  void on_change(const sdk::state_change& change) {
    if (status_) return;
    debug_change(change);
    if (change.state == sdk::client_state::online) {
      if (!online_once_ && !sends_lines()) next_ = nanolib::instant::min();
      online_once_ = true;
    } else if (change.state == sdk::client_state::offline || change.state == sdk::client_state::closed) {
      // Lines wait for the next connection, but not for the first.
      if (online_once_ && sends_lines() && change.state == sdk::client_state::offline) return;
      const auto failure = describe_failure(change.why, change.detail, online_once_, job_.connection.version);
      output_.complain(failure.text);
      if (change.why.domain == nanolib::error_domain::mqtt && !online_once_) {
        output_.complain("Error: The connection was refused.");
      }
      end(failure.status);
    }
  }

  void on_completion(const completion& one) {
    if (one.number == the_close) return end(*status_);
    done_ += follows_each() ? 1 : 0;
    marks_done_ += 1;
    if (one.outcome) {
      debug_acknowledgement(one);
    } else if (!status_) {
      on_refusal(one);
    }
    if (sends_lines() || status_) return;
    if (job_.repeat == 0 || done_ < job_.repeat) {
      next_ = nanolib::system_clock().now() + job_.repeat_delay;
    } else {
      finish(exit_status::ok, farewell);
    }
  }
  void on_refusal(const completion& one) {
    const auto& why = one.outcome.error();
    if (why == sdk::errors::given_up) {
      output_.complain("Error: The message cannot be sent to this broker: it closes the connection whenever line " +
                       std::to_string(one.number) + " comes.");
      return finish(exit_status::failure, farewell);
    }
    if (why.domain != nanolib::error_domain::mqtt) {
      output_.complain("Error: " + std::string(describe(why)));
      return finish(exit_status::failure, farewell);
    }
    const auto reason = static_cast<reason_code>(why.code);
    if (was_not_sent(reason)) {
      output_.complain("Error: The message cannot be sent to this broker: " + reason_text(reason) + ".");
      return finish(exit_status::failure, farewell);
    }
    output_.complain("Warning: Publish " + std::to_string(one.number) + " failed: " + reason_text(reason) + ".");
    if (!one.detail.empty()) output_.complain(one.detail);
  }

  void send_due() {
    if (!next_ || *next_ > nanolib::system_clock().now()) return;
    next_.reset();
    send(job_.payload, true);
  }

  [[nodiscard]] bool has_room() const noexcept {
    if (!follows_each()) return marks_ - marks_done_ < marks_under_way;
    const auto most = job_.connection.max_inflight != 0 ? job_.connection.max_inflight : acknowledgements_under_way;
    return sent_ - done_ < most;
  }

  void send_lines() {
    std::string_view line;
    while (has_room()) {
      if (lines_.next(line)) {
        send(line, follows_each() || mark_is_due(line.size()));
      } else if (lines_.at_end()) {
        return finish_lines();
      } else if (!input_ready_) {
        return;
      } else if (const auto done = lines_.read(); !done) {
        output_.complain("Error: " + std::string(describe(done.error())));
        return finish(exit_status::failure, farewell);
      } else {
        input_ready_ = false;
      }
    }
  }
  bool mark_is_due(std::size_t size) noexcept {
    unmarked_lines_ += 1;
    unmarked_bytes_ += size;
    if (unmarked_lines_ < lines_per_mark && unmarked_bytes_ < bytes_per_mark) return false;
    unmarked_lines_ = 0;
    unmarked_bytes_ = 0;
    return true;
  }
  // The end waits for the acknowledgements; what has QoS 0 is sent before the close is done.
  void finish_lines() {
    if (!follows_each()) return finish(exit_status::ok, patience);
    if (sent_ == done_) finish(exit_status::ok, farewell);
  }

  void send(std::string_view payload, bool follow) {
    ++sent_;
    debug_publish(payload.size());
    auto sending = client_->publish(job_.topic, payload, options_);
    if (!follow) return;
    ++marks_;
    events_.follow(sending, sent_);
  }

  // Leaves once everything that is queued has been sent.
  void finish(int status, nanolib::duration drain) {
    if (status_) return;
    status_ = status;
    debug("sending DISCONNECT");
    auto how = close_options_of(job_.connection);
    how.drain = drain;
    events_.follow(client_->close(how), the_close);
  }
  // Leaves at once.
  void stop() {
    if (!status_) {
      auto how = close_options_of(job_.connection);
      // mosquitto_pub dies then, and the broker publishes the will.
      if (!job_.connection.will.topic.empty()) how.reason = reason_code::disconnect_with_will;
      (void)client_->close(how).wait_for(farewell);
    }
    end(exit_status::ok);
  }
  void end(int status) noexcept {
    status_ = status;
    ended_ = true;
  }

  // mosquitto's -d.
  void debug(const std::string& what) {
    if (job_.debug) (void)output_.write("Client " + client_->client_id() + " " + what + "\n");
  }
  void debug_change(const sdk::state_change& change) {
    if (change.state == sdk::client_state::connecting) debug("sending CONNECT");
    if (change.state == sdk::client_state::online) debug("received CONNACK (0)");
  }
  void debug_publish(std::size_t size) {
    if (!job_.debug) return;
    debug("sending PUBLISH (d0, q" + std::to_string(static_cast<int>(job_.qos)) + ", r" + (job_.retain ? "1" : "0") +
          ", m" + std::to_string(sent_) + ", '" + job_.topic + "', ... (" + std::to_string(size) + " bytes))");
  }

  void debug_acknowledgement(const completion& one) {
    if (!job_.debug || job_.qos == quality_of_service::at_most_once) return;
    const auto mid = std::to_string(one.number);
    const auto code =
        ", RC:" + std::to_string(static_cast<int>(one.reasons.empty() ? reason_code::success : one.reasons.front()));
    if (job_.qos == quality_of_service::at_least_once) return debug("received PUBACK (Mid: " + mid + code + ")");
    debug("received PUBREC (Mid: " + mid + ")");
    debug("sending PUBREL (m" + mid + ")");
    debug("received PUBCOMP (Mid: " + mid + code + ")");
  }

  publish_job job_;
  run_control& control_;
  tool_output& output_;
  client_events events_;
  line_source lines_;
  int input_;
  sdk::publish_options options_;
  std::optional<sdk::client> client_;

  std::vector<sdk::state_change> changes_;
  std::vector<completion> completions_;
  std::optional<int> status_;  // the end is near
  bool ended_ = false;
  std::optional<nanolib::instant> next_;  // when to publish again
  bool online_once_ = false;
  bool input_ready_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t done_ = 0;  // of those that are followed each
  std::uint64_t marks_ = 0;
  std::uint64_t marks_done_ = 0;
  std::uint64_t unmarked_lines_ = 0;
  std::size_t unmarked_bytes_ = 0;
};

}  // namespace

std::string check(const publish_job& job) {
  if (auto fault = check(job.connection); !fault.empty()) return fault;
  // An alias stands for a topic that is sent once at least.
  if (job.topic.empty() || job.from == publish_job::source::none) return "Both topic and message must be supplied.";
  return {};
}

int run_publisher(publish_job job, int input, run_control& control, tool_output& output) {
  return publisher_run(std::move(job), input, control, output).run();
}

}  // namespace nanomq::tools
