// Three places: the main thread sleeps, prints and counts the seconds; one I/O thread has the MQTT client, the SP socket's
// events and everything between them; nng has its own threads.
#include "nanomq/bridge/sp_proxy.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "bridge/sp_endpoint.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanomq/bridge/sp_urls.hpp"
#include "nanomq/tools/client_settings.hpp"
#include "nanonng/sdk/client.hpp"
#include "nanonng/sdk/io_thread.hpp"
#include "tools/client_events.hpp"

namespace nanomq::bridge {
namespace {

using nanonng::mqtt::protocol_version;
namespace net = nanonng::net;
namespace sdk = nanonng::sdk;

constexpr std::uint64_t the_subscription = 1;
constexpr std::uint64_t a_loss = 2;
constexpr std::uint64_t a_given_up_message = 3;
constexpr std::uint64_t an_attempt_to_dial = 4;
// Connections that the broker may close on one message before that is given up.
constexpr std::uint32_t attempts_per_message = 2;
// How long what is under way may take at the end.
constexpr nanolib::duration farewell{2'000};
constexpr std::size_t most_unacknowledged = 1'024;

sp_directions directions_of(net::sp_protocol which) noexcept {
  const auto& traits = net::traits_of(which);
  return {.to_sp = traits.sends || traits.asks, .to_mqtt = traits.receives || traits.answers};
}

bool is_question(const net::sp_traits& traits) noexcept { return traits.asks || traits.answers; }

/// Runs something on the loop and waits for it.
class errand final : public net::inbox_item {
 public:
  explicit errand(std::move_only_function<void()> what) : what_(std::move(what)) {}
  static void run_and_wait(net::event_loop& loop, std::move_only_function<void()> what) {
    auto made = std::make_unique<errand>(std::move(what));
    auto over = made->over_.get_future();
    loop.post(std::move(made));
    over.wait();
  }
  void run() noexcept override {
    try {
      what_();
      over_.set_value();
    } catch (...) {
      over_.set_exception(std::current_exception());
    }
  }

 private:
  std::move_only_function<void()> what_;
  std::promise<void> over_;
};

/// What lives on the loop. Thread: that loop's, but the counters.
struct loop_side final : net::sp_peer_observer {
  void on_peers(std::size_t now) noexcept override {
    counters.peers.set(now);
    control->notify();
  }
  void on_listener_renewed(const std::string&) noexcept override {
    counters.renewed_listeners.add();
    control->notify();
  }
  void on_dial_failed(const net::sp_dial_failure& how) noexcept override {
    counters.failed_dials.add();
    if (!how.is_news) return;
    std::string line = "Cannot reach " + how.url + ": " + std::string(how.why) + ". Trying again.";
    if (how.in_a_row > 1) line += " Attempts so far: " + std::to_string(how.in_a_row) + ".";
    events->tell(an_attempt_to_dial, std::move(line));
  }
  void on_dialed(const std::string& url, std::uint64_t failures) noexcept override {
    events->tell(an_attempt_to_dial, "Reached " + url + ", after " + std::to_string(failures) +
                                         (failures == 1 ? " attempt" : " attempts") + " that failed.");
  }

  tools::run_control* control = nullptr;
  tools::client_events* events = nullptr;
  std::optional<sp_mapping> mapping;
  sp_counters counters;
  std::unique_ptr<net::sp_socket> socket;
  std::unique_ptr<sp_endpoint> endpoint;
};

class proxy_run {
 public:
  proxy_run(const proxy_job& job, tools::run_control& control, tools::tool_output& output)
      : job_(job), control_(control), output_(output), events_(control), directions_(directions_of(job.protocol)) {
    side_.control = &control;
    side_.events = &events_;
  }

  int run() {
    if (!open_mapping() || !open_loop()) return tools::exit_status::failure;
    const bool opened = open_socket() && open_client();
    if (opened) {
      warn();
      subscribe();
      if (job_.statistics_interval.count() != 0)
        next_report_ = nanolib::system_clock().now() + job_.statistics_interval;
      while (control_.stop_requested() == 0) turn();
    }
    close();
    if (opened) tell_what_is_left();
    if (opened && job_.statistics) report();
    return opened ? tools::exit_status::ok : tools::exit_status::failure;
  }

 private:
  bool refuse(const std::string& why) {
    output_.complain("Error: " + why);
    return false;
  }
  void say(const std::string& what) {
    if (job_.verbose) output_.complain(what);
  }

  void warn() {
    const auto is_inproc = [](const std::string& url) { return url.starts_with("inproc:"); };
    if (std::ranges::any_of(job_.listen, is_inproc) || std::ranges::any_of(job_.dial, is_inproc)) {
      output_.complain(
          "Warning: inproc:// is for sockets of one process, and nngproxy has no other one: nobody is met there.");
    }
    if (!directions_.to_sp || !directions_.to_mqtt) return;
    if (const auto filter = side_.mapping->shared_echo(); !filter.empty()) {
      output_.complain("Warning: what is published comes back through " + std::string(filter) +
                       ": MQTT keeps nobody's own messages from shared subscriptions.");
    }
  }

  bool open_mapping() {
    auto made = sp_mapping::create(job_.mapping, directions_);
    if (!made) return refuse(made.error());
    side_.mapping = *std::move(made);
    return true;
  }

  bool open_loop() {
    auto made = sdk::io_thread::create();
    if (!made) return refuse(std::string(nanolib::describe(made.error())));
    io_ = *std::move(made);
    return true;
  }

  bool open_socket() {
    std::string why;
    std::vector<std::string> listening;
    errand::run_and_wait(io_->loop(), [&] { why = open_on_loop(listening); });
    for (const auto& url : listening) output_.complain("Listening at " + url);
    return why.empty() || refuse(why);
  }

  // What is wrong, or empty.
  std::string open_on_loop(std::vector<std::string>& listening) {
    net::sp_socket_options options;
    options.maximum_message_size = std::max(options.maximum_message_size, 2 * job_.mapping.maximum_payload);
    options.tls = job_.tls;
    options.reconnect_maximum = job_.redial_max_backoff;
    auto made = net::sp_socket::open(io_->loop(), job_.protocol, options, &side_);
    if (!made) return net::sp_error_text(made.error());
    side_.socket = *std::move(made);
    if (job_.protocol == net::sp_protocol::sub0) {
      for (const auto& prefix : job_.subscribe.empty() ? side_.mapping->sp_prefixes() : job_.subscribe) {
        if (const auto done = side_.socket->subscribe(prefix); !done) return net::sp_error_text(done.error());
      }
    }
    auto endpoint = make_endpoint(*side_.socket, *side_.mapping, settings(), side_.counters);
    if (!endpoint) return net::sp_error_text(endpoint.error());
    side_.endpoint = *std::move(endpoint);
    for (const auto& url : job_.listen) {
      auto where = side_.socket->listen(url);
      if (!where) return "cannot listen at " + url + ": " + net::sp_error_text(where.error());
      listening.push_back(*std::move(where));
    }
    for (const auto& url : job_.dial) {
      if (const auto done = side_.socket->dial(url); !done) {
        return "cannot dial " + url + ": " + net::sp_error_text(done.error());
      }
    }
    return {};
  }

  [[nodiscard]] sp_endpoint_settings settings() const {
    return {.qos = job_.qos,
            .retain = job_.retain,
            .takes_retained = job_.takes_retained,
            .holds_echoes_back =
                directions_.to_sp && directions_.to_mqtt && job_.connection.version != protocol_version::v5,
            .answer_limit = job_.answer_limit,
            .questions = job_.questions,
            .unacknowledged = most_unacknowledged};
  }

  bool open_client() {
    std::string why;
    auto made = tools::make_client_settings(job_.connection, why);
    if (!made) return refuse(why);
    broker_ = made->url;
    auto& options = made->options;
    options.io = io_;
    options.callbacks = sdk::callback_mode::io_thread;
    options.manual_acknowledgement = true;
    options.linger = nanolib::duration(0);
    options.maximum_packet_size = static_cast<std::uint32_t>(
        std::min<std::size_t>(job_.mapping.maximum_payload + 128U * 1024, options.maximum_packet_size));
    // Ours are smaller, so that nothing is refused for want of room.
    options.outgoing.max_messages = 4 * most_unacknowledged;
    options.outgoing.max_bytes = 1U << 30U;
    options.incoming.max_messages = most_unacknowledged;
    events_.listen(options);
    events_.listen_for_losses(options, a_loss);
    options.reconnect.attempts_per_message = attempts_per_message;
    options.confirm_qos_0 = true;
    options.on_given_up = [this](std::string_view topic, std::size_t size) {
      events_.tell(a_given_up_message, "a message of " + std::to_string(size) + " bytes to " + std::string(topic));
    };
    auto opened = sdk::client::open(made->url, std::move(options), &why);
    if (!opened) return refuse(why);
    client_.emplace(std::move(*opened));
    errand::run_and_wait(io_->loop(), [this] { side_.endpoint->begin(*client_); });
    return true;
  }

  void subscribe() {
    if (!directions_.to_sp || subscribing_ || subscribed_) return;
    subscribing_ = true;
    using sdk::retain_handling;
    const sdk::subscribe_options options{
        .qos = job_.qos,
        .no_local = directions_.to_mqtt,
        .retain_handling = job_.takes_retained ? retain_handling::send : retain_handling::do_not_send};
    std::vector<sdk::subscription> all;
    for (const auto& filter : job_.mapping.filters) {
      all.push_back({filter, {}, options});
      // [MQTT-3.8.3-4]: a shared subscription may not have it.
      if (filter.starts_with("$share/")) all.back().options.no_local = false;
    }
    events_.follow(client_->subscribe_all(std::move(all)), the_subscription);
  }

  void turn() {
    events_.take(changes_, completions_);
    for (const auto& one : changes_) on_change(one);
    for (const auto& one : completions_) on_completion(one);
    if (const auto peers = side_.counters.peers.get(); std::exchange(peers_, peers) != peers) {
      say("SP peers: " + std::to_string(peers));
    }
    if (const auto renewed = side_.counters.renewed_listeners.get(); std::exchange(renewed_, renewed) != renewed) {
      output_.complain("A listener had stopped, and was made anew: its peers come again.");
    }
    const auto now = nanolib::system_clock().now();
    const bool is_due = now >= next_report_;
    if (is_due) next_report_ = now + job_.statistics_interval;
    if (control_.take_report_request() || is_due) report();
    (void)control_.sleep(next_report_, -1, -1, [this] {
      return events_.pending() || peers_ != side_.counters.peers.get() ||
             renewed_ != side_.counters.renewed_listeners.get();
    });
  }

  void on_change(const sdk::state_change& change) {
    if (change.state == sdk::client_state::online) {
      complained_.clear();
      say("Connected to " + change.server);
      was_open_ = true;
      return subscribe();  // what was refused before
    }
    if (change.state == sdk::client_state::connecting) return;
    tell_what_is_lost();
    const auto why =
        tools::describe_failure(change.why, change.detail, std::exchange(was_open_, false), job_.connection.version);
    // Once for each reason, not for each attempt.
    if (std::exchange(complained_, why.text) == why.text) return;
    output_.complain(broker_ + ": " + why.text + (why.text.ends_with('.') ? "" : ".") + " Trying again.");
  }

  // With QoS 0, which nobody sends again.
  void tell_what_is_lost() {
    const auto lost = side_.counters.mqtt_lost.get();
    const auto now = lost - std::exchange(lost_, lost);
    if (now == 0) return;
    output_.complain("The connection took " + std::to_string(now) + (now == 1 ? " message" : " messages") +
                     " with QoS 0 with it, the largest of " + std::to_string(side_.counters.largest_lost.get()) +
                     " bytes.");
  }

  void on_completion(const tools::completion& one) {
    if (one.number == an_attempt_to_dial) return output_.complain(one.detail);
    if (one.number == a_loss) {
      subscribed_ = false;
      output_.complain("Lost the subscription to " + one.detail + ". Trying again at the next connection.");
      return;
    }
    if (one.number == a_given_up_message) {
      output_.complain("Given up: " + one.detail +
                       ". The broker closes the connection whenever it comes; --max-size keeps what " +
                       "is too large from it.");
      return;
    }
    subscribing_ = false;
    const auto refused = std::ranges::find_if(one.reasons, nanonng::mqtt::is_error);
    subscribed_ = one.outcome && refused == one.reasons.end();
    if (subscribed_) return say("Subscribed");
    if (control_.stop_requested() != 0) return;
    const auto& filters = job_.mapping.filters;
    const auto at = refused == one.reasons.end() ? 0 : static_cast<std::size_t>(refused - one.reasons.begin());
    const bool known = refused != one.reasons.end() || filters.size() == 1;
    const std::string what = known && at < filters.size() ? "the subscription to " + filters[at] : "a subscription";
    const std::string why = one.outcome ? tools::reason_text(*refused) : error_text(one.outcome.error());
    output_.complain("The broker refused " + what + ": " + why + ". Trying again at the next connection.");
  }

  static std::string error_text(const nanolib::error& what) {
    if (what.domain != nanolib::error_domain::mqtt) return std::string(nanolib::describe(what));
    return tools::reason_text(static_cast<nanonng::mqtt::reason_code>(what.code));
  }

  void report() {
    const auto& counters = side_.counters;
    net::sp_stream::figures stream;
    if (side_.endpoint) stream = side_.endpoint->stream_figures();
    if (final_) stream = *final_;
    std::string line = "nngproxy";
    const auto add = [&line](std::string_view name, std::uint64_t value) {
      line.append(" ").append(name).append("=").append(std::to_string(value));
    };
    add("from_sp", counters.from_sp.get());
    add("to_mqtt", counters.to_mqtt.get());
    add("mqtt_failed", counters.mqtt_failed.get());
    add("mqtt_lost", counters.mqtt_lost.get());
    add("from_mqtt", counters.from_mqtt.get());
    add("to_sp", counters.to_sp.get());
    add("sp_taken", stream.taken);
    add("unheard", stream.unheard);
    add("overrun", stream.overrun);
    add("sp_failed", stream.failed);
    add("echoes", counters.echoes.get());
    add("retained", counters.retained.get());
    add("answered", counters.answered.get());
    add("unanswered", counters.unanswered.get());
    for (std::size_t why = 0; why < sp_refusal_count; ++why) {
      add(name_of(static_cast<sp_refusal>(why)), counters.refused[why].get());
    }
    add("under_way", counters.under_way.get());
    add("peers", counters.peers.get());
    add("renewed_listeners", renewed_);
    add("failed_dials", counters.failed_dials.get());
    (void)output_.write(line + "\n");
  }

  void close() {
    const auto& counters = side_.counters;
    errand::run_and_wait(io_->loop(), [&] {
      if (side_.endpoint) side_.endpoint->rest();
      left_.from_sp -= counters.mqtt_failed.get() + counters.mqtt_lost.get();
      left_.questions -= counters.unanswered.get();
    });
    if (client_) {
      auto how = tools::close_options_of(job_.connection);
      how.drain = farewell;
      (void)client_->close(how).wait_for(2 * farewell);
    }
    errand::run_and_wait(io_->loop(), [&] {
      if (side_.endpoint) {
        final_ = side_.endpoint->stream_figures();
        const auto rest = side_.endpoint->remainder();
        left_.from_sp += rest.from_sp + counters.mqtt_failed.get() + counters.mqtt_lost.get();
        left_.questions += rest.questions + counters.unanswered.get();
        left_.from_mqtt = rest.from_mqtt;
        left_.with_nng = rest.with_nng;
      }
      side_.endpoint.reset();
      side_.socket.reset();
    });
    client_.reset();
    io_.reset();
  }

  void tell_what_is_left() {
    std::string line;
    const auto add = [&line](std::uint64_t count, std::string_view one, std::string_view many, std::string_view what) {
      if (count == 0) return;
      line.append(line.empty() ? "" : ", ").append(std::to_string(count)).append(" ");
      line.append(count == 1 ? one : many).append(what);
    };
    add(left_.from_sp, "message", "messages", " from SP");
    add(left_.from_mqtt, "message", "messages", " from MQTT");
    add(left_.questions, "question", "questions", "");
    if (left_.with_nng != 0) {
      line.append(line.empty() ? "" : ", ").append("up to ").append(std::to_string(left_.with_nng));
      line.append(" that nng has and no peer has taken");
    }
    if (!line.empty()) output_.complain("Not delivered at the end: " + line + ".");
  }

  const proxy_job& job_;
  tools::run_control& control_;
  tools::tool_output& output_;
  tools::client_events events_;
  const sp_directions directions_;
  loop_side side_;
  std::shared_ptr<sdk::io_thread> io_;
  std::optional<sdk::client> client_;
  std::optional<net::sp_stream::figures> final_;
  sp_remainder left_;

  std::vector<sdk::state_change> changes_;
  std::vector<tools::completion> completions_;
  std::string broker_;  // its URL
  std::string complained_;
  bool was_open_ = false;
  bool subscribing_ = false;
  bool subscribed_ = false;
  std::uint64_t peers_ = 0;
  std::uint64_t renewed_ = 0;
  std::uint64_t lost_ = 0;
  nanolib::instant next_report_ = nanolib::never;
};

}  // namespace

std::string check(const proxy_job& job) {
  if (auto fault = tools::check(job.connection); !fault.empty()) return fault;
  if (job.listen.empty() && job.dial.empty()) return "Nowhere to listen (-l) or to dial (-d).";
  auto fault = check_urls({job.listen, job.dial, !job.tls.certificate_key.empty()}, "--sp-certkey FILE");
  if (fault.empty()) fault = check_files(job.tls.ca, job.tls.certificate_key);
  if (!fault.empty()) return fault + ".";
  const auto& traits = net::traits_of(job.protocol);
  if (is_question(traits) && job.connection.version != protocol_version::v5) {
    return std::string(traits.name) + " needs MQTT 5: before it there are no requests and responses.";
  }
  if (!job.subscribe.empty() && job.protocol != net::sp_protocol::sub0) return "--subscribe is for sub0.";
  const auto made = sp_mapping::create(job.mapping, directions_of(job.protocol));
  return made ? std::string() : made.error();
}

int run_proxy(const proxy_job& job, tools::run_control& control, tools::tool_output& output) {
  return proxy_run(job, control, output).run();
}

}  // namespace nanomq::bridge
