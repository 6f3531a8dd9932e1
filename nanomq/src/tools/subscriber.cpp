#include "nanomq/tools/subscriber.hpp"

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "nanomq/tools/client_settings.hpp"
#include "nanonng/sdk/client.hpp"
#include "tools/client_events.hpp"
#include "tools/message_desk.hpp"

namespace nanomq::tools {
namespace {

using nanonng::mqtt::property_id;
using nanonng::mqtt::property_place;
using nanonng::mqtt::reason_code;
namespace sdk = nanonng::sdk;

// How long the last words may take, and the removal of retained messages.
constexpr nanolib::duration farewell{2'000};
constexpr nanolib::duration patience{10'000};
constexpr nanolib::duration second{1'000};
// What mosquitto's library takes unacknowledged. With fewer messages wanted, no more than these are asked for.
constexpr std::uint16_t usual_receive_maximum = 20;

// The numbers of completions.
constexpr std::uint64_t the_subscription = 1;
constexpr std::uint64_t the_unsubscription = 2;
constexpr std::uint64_t the_close = 3;
constexpr std::uint64_t a_loss = 4;

class subscriber_run {
 public:
  subscriber_run(subscribe_job job, run_control& control, tool_output& output)
      : job_(std::move(job)), control_(control), output_(output), events_(control), desk_(job_, control) {}

  int run() {
    std::string why;
    auto settings = make_client_settings(job_.connection, why);
    if (!settings) return refuse(why);
    auto& options = settings->options;
    options.manual_acknowledgement = true;
    options.linger = nanolib::duration(0);
    options.on_message = [this](const sdk::message& message) { desk_.take(message); };
    const bool asked =
        job_.connection.properties.find(property_place::connect, property_id::receive_maximum) != nullptr;
    if (job_.count != 0 && job_.count < usual_receive_maximum && !asked) {
      options.receive_maximum = static_cast<std::uint16_t>(job_.count);
    }
    events_.listen(options);
    events_.listen_for_losses(options, a_loss);
    auto made = sdk::client::open(settings->url, std::move(options), &why);
    if (!made) return refuse(why);
    client_.emplace(std::move(*made));
    if (job_.timeout.count() != 0) deadline_ = nanolib::system_clock().now() + job_.timeout;
    while (!ended_) turn();
    desk_.close();
    return *status_;
  }

 private:
  int refuse(const std::string& why) {
    output_.complain("Error: " + why);
    return exit_status::failure;
  }

  void turn() {
    events_.take(changes_, completions_);
    for (const auto& change : changes_) on_change(change);
    write_out();
    for (const auto& one : completions_) on_completion(one);
    if (control_.stop_requested() != 0) stop(exit_status::ok);
    const auto now = nanolib::system_clock().now();
    if (!status_ && now >= deadline_) {
      output_.complain("Timed out");
      stop(exit_status::timed_out);
    }
    if (!status_ && now >= next_rate_) print_rate(now);
    if (ended_) return;
    const auto woken = control_.sleep(std::min(deadline_, next_rate_), -1, output_.descriptor(),
                                      [this] { return events_.pending() || desk_.pending(); });
    if (woken.abandoned) stop(exit_status::ok);
  }

  // What has been printed into memory goes out, and is acknowledged then.
  void write_out() {
    desk_.collect(left_);
    counted_ += left_.received;
    if (!left_.complaints.empty()) {
      left_.complaints.pop_back();
      output_.complain(left_.complaints);
    }
    if (!left_.text.empty() && !output_.write(left_.text)) {
      const int why = errno;
      left_.clear();
      return stop_unwritten(why);
    }
    for (const auto& message : left_.unacknowledged) message.acknowledge();
    for (const auto& topic : left_.to_remove) (void)client_->publish(topic, "", {.qos = 1, .retain = true});
    const bool enough = left_.enough;
    left_.clear();
    if (enough) finish(exit_status::ok);
  }

  void print_rate(nanolib::instant now) {
    next_rate_ = now + second;
    if (!output_.write(std::to_string(counted_) + " msgs/s\n")) return stop_unwritten(errno);
    counted_ = 0;
  }

  void on_change(const sdk::state_change& change) {
    if (status_) return;
    const bool attempt_failed = state_ == sdk::client_state::connecting;
    state_ = change.state;
    if (change.state == sdk::client_state::connecting) return debug("sending CONNECT");
    if (change.state == sdk::client_state::online) return on_online();
    const bool refused = change.why.domain == nanolib::error_domain::mqtt && attempt_failed;
    if (online_once_ && !refused && change.state == sdk::client_state::offline) {
      return debug(attempt_failed ? "cannot connect" : "lost the connection");
    }
    const auto failure = describe_failure(change.why, change.detail, !attempt_failed, job_.connection.version);
    output_.complain(failure.text);
    end(failure.status);
  }

  void on_online() {
    debug("received CONNACK (0)");
    if (std::exchange(online_once_, true)) return;
    if (job_.debug) desk_.set_client_id(client_->client_id());
    if (job_.message_rate) next_rate_ = nanolib::system_clock().now() + second;
    if (!job_.filters.empty()) subscribe();
    if (!job_.unsubscribe.empty()) unsubscribe();
  }

  void subscribe() {
    const sdk::subscribe_options options{
        .qos = job_.qos,
        .retain_as_published = job_.retain_as_published,
        .retain_handling = job_.retained,
        .user_properties = user_properties_of(job_.connection.properties, property_place::subscribe),
    };
    const auto flags = (job_.retain_as_published ? 0x08U : 0U) | static_cast<unsigned>(job_.retained) << 4U;
    constexpr std::string_view digits = "0123456789abcdef";
    std::vector<sdk::subscription> all;
    for (const auto& filter : job_.filters) {
      debug("sending SUBSCRIBE (Mid: 1, Topic: " + filter + ", QoS: " + std::to_string(static_cast<int>(job_.qos)) +
            ", Options: 0x" + digits[flags >> 4U] + digits[flags & 0xFU] + ")");
      all.push_back({filter, [this](const sdk::message& message) { desk_.take(message); }, options});
    }
    // With -E the session keeps what comes behind the SUBACK, for the next time. Nothing is taken before somebody listens
    // for that.
    desk_.hold();
    events_.follow(client_->subscribe_all(std::move(all)), the_subscription, [this] {
      if (job_.exit_after_subscribe) desk_.close();
    });
    desk_.go_on();
  }

  void unsubscribe() {
    for (const auto& filter : job_.unsubscribe) debug("sending UNSUBSCRIBE (Mid: 2, Topic: " + filter + ")");
    const sdk::unsubscribe_options options{
        .user_properties = user_properties_of(job_.connection.properties, property_place::unsubscribe)};
    events_.follow(client_->unsubscribe_all(job_.unsubscribe, options), the_unsubscription);
  }

  void on_completion(const completion& one) {
    if (one.number == the_close) return end(*status_);
    if (status_) return;
    if (one.number == a_loss) return on_lost(one.detail);
    if (one.number == the_subscription) {
      on_subscribed(one);
      subscribed_ = true;
    } else {
      debug("received UNSUBACK");
      unsubscribed_ = true;
    }
    const bool answered = (subscribed_ || job_.filters.empty()) && (unsubscribed_ || job_.unsubscribe.empty());
    // Nothing can come without a subscription.
    if (answered && (job_.exit_after_subscribe || job_.filters.empty())) finish(exit_status::ok);
  }

  void on_subscribed(const completion& one) {
    debug("received SUBACK");
    if (one.outcome) {
      for (std::size_t at = 0; at < one.reasons.size(); ++at) {
        if (!nanonng::mqtt::is_error(one.reasons[at])) granted_.insert(job_.filters[at]);
      }
      return debug_reasons(one.reasons);
    }
    const auto& why = one.outcome.error();
    if (why.domain != nanolib::error_domain::mqtt) {
      output_.complain("Error: " + std::string(describe(why)));
      return finish(exit_status::failure);
    }
    debug_reasons(std::vector<reason_code>(job_.filters.size(), static_cast<reason_code>(why.code)));
    output_.complain("All subscription requests were denied.");
    finish(exit_status::ok);
  }
  // After a reconnection the server refuses what it had granted.
  void on_lost(const std::string& filter) {
    granted_.erase(filter);
    debug("lost the subscription to " + filter);
    if (!granted_.empty()) return;
    output_.complain("All subscription requests were denied.");
    finish(exit_status::ok);
  }
  void debug_reasons(const std::vector<reason_code>& reasons) {
    if (!job_.debug) return;
    std::string line = "Subscribed (mid: 1)";
    const char* between = ": ";
    for (const auto reason : reasons) {
      line += between + std::to_string(static_cast<int>(reason));
      between = ", ";
    }
    (void)output_.write(line + "\n");
  }

  // Leaves once what is queued has been sent.
  void finish(int status) {
    if (status_) return;
    status_ = status;
    desk_.close();
    debug("sending DISCONNECT");
    auto how = close_options_of(job_.connection);
    how.drain = job_.remove_retained ? patience : farewell;
    events_.follow(client_->close(how), the_close);
  }
  // Leaves at once. As with mosquitto_sub, the will is published where DISCONNECT can say so.
  void stop(int status) {
    if (ended_) return;
    desk_.close();
    if (!status_) {
      debug("sending DISCONNECT");
      auto how = close_options_of(job_.connection);
      if (job_.connection.version == nanonng::mqtt::protocol_version::v5)
        how.reason = reason_code::disconnect_with_will;
      (void)client_->close(how).wait_for(farewell);
    }
    end(status);
  }
  // What could not be written is not acknowledged either: the broker keeps it for the next time.
  void stop_unwritten(int why) {
    if (why == EPIPE) return stop(exit_status::ok);
    output_.complain("Error: cannot write: " + std::string(describe(nanolib::error{nanolib::error_domain::sys, why})));
    stop(exit_status::failure);
  }
  void end(int status) noexcept {
    status_ = status;
    ended_ = true;
  }

  // mosquitto's -d. Written at once, so that it stands before the messages that follow.
  void debug(const std::string& what) {
    if (job_.debug) (void)output_.write("Client " + client_->client_id() + " " + what + "\n");
  }

  subscribe_job job_;
  run_control& control_;
  tool_output& output_;
  client_events events_;
  message_desk desk_;
  std::optional<sdk::client> client_;

  std::vector<sdk::state_change> changes_;
  std::vector<completion> completions_;
  leavings left_;
  sdk::client_state state_ = sdk::client_state::connecting;
  std::optional<int> status_;  // the end is near
  bool ended_ = false;
  bool online_once_ = false;
  bool subscribed_ = false;
  std::set<std::string> granted_;
  bool unsubscribed_ = false;
  nanolib::instant deadline_ = nanolib::never;
  nanolib::instant next_rate_ = nanolib::never;
  std::uint64_t counted_ = 0;  // since the last rate
};

}  // namespace

std::string check(const subscribe_job& job) {
  if (auto fault = check(job.connection); !fault.empty()) return fault;
  if (job.filters.empty() && job.unsubscribe.empty()) return "You must specify a topic to subscribe to.";
  if (job.no_retained && job.retained_only) return "Combining '-R' and '--retained-only' makes no sense.";
  return {};
}

int run_subscriber(subscribe_job job, run_control& control, tool_output& output) {
  return subscriber_run(std::move(job), control, output).run();
}

}  // namespace nanomq::tools
