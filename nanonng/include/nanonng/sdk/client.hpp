// An MQTT client that connects by itself and stays connected.
//
//   nanonng::sdk::client c("mqtt://localhost");
//   c.subscribe("greetings/#", [](const auto& m) { std::puts(std::string(m.text()).c_str()); }).get();
//   c.publish("greetings/world", "hello", {.qos = 1}).get();
//
// There is no connect(): the constructor begins in the background, and every call may be made at once. Lost connections are
// made again with back-off, along the list of servers; subscriptions are renewed when the server has no session of ours, and
// what was not acknowledged is sent again. on_state tells what goes on.
//
// Callbacks (handlers, on_state, then(), coroutines after co_await) run on one thread per client, the callback thread: one
// at a time, in order, never under a lock. They may call every function of this or any other client, the blocking ones
// included, and take as long as they like: the I/O goes on beside them, until the incoming bounds pause it. While they wait
// for an operation of their client it goes on beyond those bounds, up to four times as far; then the wait ends with
// errors::would_deadlock. What they throw is caught and reported to on_fault and the log. They may destroy the client: no
// further handler of it is called then, messages that none has seen are not acknowledged, and the operations that were
// pending end with errors::closed after the callback under way has returned. See callback_mode for the exception.
//
// In a child of fork() the clients of the parent do nothing and may only be destroyed; new ones work.
#pragma once

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/sdk/client_options.hpp"
#include "nanonng/sdk/message.hpp"
#include "nanonng/sdk/operation.hpp"
#include "nanonng/sdk/options.hpp"
#include "nanonng/sdk/state.hpp"

namespace nanonng::sdk {

class message_range;

/// Thread: thread-safe, except moving and destroying. A moved-from client may only be assigned to or destroyed.
/// Errors: every operation can end with errors::timed_out (if its options have a timeout), cancelled, closed, no_memory;
/// each function says what else.
class NANOLIB_EXPORT client {
 public:
  /// Begins to connect. Errors: throws mqtt_error when the URL or an option cannot be used; a server that cannot be reached
  /// is no error here.
  explicit client(std::string_view url, client_options options = {});
  /// The same without exceptions. Errors: config, `why` (if given) says what is wrong; sys.
  [[nodiscard]] static nanolib::result<client> open(std::string_view url, client_options options = {},
                                                    std::string* why = nullptr) noexcept;
  client(client&& other) noexcept;
  client& operator=(client&& other) noexcept;
  /// close() with client_options::linger, and waits for it. On the callback thread or the I/O thread it does not wait.
  ~client();

  /// Sends a message. Done when the server has acknowledged it: PUBACK with QoS 1, PUBCOMP with QoS 2; with QoS 0 when it
  /// has been written. While there is no connection it waits in the outgoing queue. Blocks only for room in that queue
  /// under overflow_policy::block. Topic and payload are copied once.
  /// Errors: mqtt: topic_name_invalid, qos_not_supported, retain_not_supported, packet_too_large (larger than the server
  /// takes), payload_format_invalid, or what the server refused it with; queue_full, dropped.
  operation<publish_outcome> publish(std::string_view topic, std::string_view payload,
                                     const publish_options& options = {});
  operation<publish_outcome> publish(std::string_view topic, nanolib::bytes payload,
                                     const publish_options& options = {});

  /// Subscribes; messages go to the handler. Done when the server has answered. Subscribing to the same filter again replaces
  /// options and handler. The handler stays for the life of the subscription, over reconnections, until unsubscribe() or a
  /// refusal. "$share/group/filter" is a shared subscription.
  /// Messages find their handlers by subscription identifier (5.0), else by matching the topic: then overlapping filters
  /// each see a message, as often as the server sends it.
  /// Errors: mqtt: topic_filter_invalid, shared_subscriptions_not_supported, wildcard_subscriptions_not_supported,
  /// qos_not_supported, or what the server refused it with.
  operation<subscribe_outcome> subscribe(std::string_view filter, message_handler handler,
                                         const subscribe_options& options = {});
  /// Subscribes; messages go to the pull queue.
  operation<subscribe_outcome> subscribe(std::string_view filter, const subscribe_options& options = {});
  /// Several at once, in one packet; timeout and user properties are the first entry's.
  operation<subscribe_outcome> subscribe_all(std::vector<subscription> subscriptions);

  /// Ends a subscription. Once the operation is done no call of the handler begins any more, and none is under way, but one
  /// that itself waits for an operation or has called this.
  /// Errors: mqtt: topic_filter_invalid, or what the server refused it with.
  operation<subscribe_outcome> unsubscribe(std::string_view filter, const unsubscribe_options& options = {});
  operation<subscribe_outcome> unsubscribe_all(std::vector<std::string> filters,
                                               const unsubscribe_options& options = {});

  /// Takes the next message of the pull queue, or waits for one. Cancelling never loses a message.
  operation<message> receive(duration timeout = no_timeout);
  /// The next message of the pull queue if there is one.
  [[nodiscard]] std::optional<message> try_receive();
  /// Every message of the pull queue, blocking, until the client is closed: `for (const message& m : c.messages())`.
  [[nodiscard]] message_range messages();

  /// Sends a request and waits for its response, which is told from others by correlation data; as many may be under way as
  /// the outgoing queue may hold messages.
  /// Subscribes to the response topic at the first call. Errors: like publish() and subscribe(); not_supported in 3.1.1;
  /// no_matching_subscribers where the server says that nobody heard it.
  operation<message> request(std::string_view topic, std::string_view payload, const request_options& options = {});
  operation<message> request(std::string_view topic, nanolib::bytes payload, const request_options& options = {});
  /// Answers requests that match the filter with what `how` returns; the response goes where the request says, with its
  /// correlation data. A request without a response topic is handled and not answered. An exception sends no response.
  /// "$share/workers/service" lets several share the work.
  operation<subscribe_outcome> respond(std::string_view filter, responder how, const subscribe_options& options = {});
  /// The answer to one request, for handlers that answer later. Errors: topic_name_invalid when it wants none.
  operation<publish_outcome> reply(const message& request, const response& with);

  /// Authenticates once more on the present connection, with the authenticator of the options: for what ends otherwise, or
  /// has changed. Done when the server has said that it is content; everything else goes on meanwhile. One that is not
  /// content ends the connection. Spec: MQTT 5.0 §4.12.1.
  /// Errors: not_supported without an authenticator, or before MQTT 5; not_connected; protocol_error while one is under way;
  /// what the authenticator, or the end of the connection, has for a reason.
  operation<void> reauthenticate();

  /// Refuses new work, waits for what is queued as long as options.drain says, ends the connection with DISCONNECT, and
  /// everything that is still pending with errors::closed. The pull queue keeps what it has. Never an error.
  operation<void> close(const close_options& options = {});

  [[nodiscard]] client_state state() const noexcept;
  /// Of the connection, or of the last one there was; defaults before the first.
  [[nodiscard]] server_capabilities server() const;
  [[nodiscard]] client_statistics statistics() const noexcept;
  /// The client id in use (see client_options::client_id); the server's choice once it has made one.
  [[nodiscard]] std::string client_id() const;
  /// Where continuations run, for operations that are made of others.
  [[nodiscard]] operation_host_ptr host() const noexcept;

 private:
  struct implementation;
  explicit client(std::unique_ptr<implementation> made) noexcept;

  std::unique_ptr<implementation> my_;
};

/// What client::messages() gives. The client outlives it.
class NANOLIB_EXPORT message_range {
 public:
  class iterator {
   public:
    using value_type = message;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;
    explicit iterator(client& from) : from_(&from) { ++*this; }
    const message& operator*() const noexcept { return current_; }
    const message* operator->() const noexcept { return &current_; }
    iterator& operator++();
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) noexcept { return !i.current_; }

   private:
    client* from_ = nullptr;
    message current_;
  };

  explicit message_range(client& from) noexcept : from_(&from) {}
  [[nodiscard]] iterator begin() const { return iterator(*from_); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  client* from_;
};

}  // namespace nanonng::sdk
