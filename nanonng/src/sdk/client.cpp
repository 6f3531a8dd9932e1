// The client object: a thin front of the engine, and the only place that throws.
#include "nanonng/sdk/client.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "engine.hpp"
#include "error_text.hpp"

namespace nanonng::sdk {

struct client::implementation {
  engine::ptr core;
  std::shared_ptr<io_thread> io;  ///< after the engine: the last owner is not on the loop's own thread
};

namespace {

wanted_subscription wanted_from(std::string_view filter, const subscribe_options& how, recipient_ptr to) {
  return {.filter = std::string(filter),
          .qos = how.qos.value(),
          .no_local = how.no_local,
          .retain_as_published = how.retain_as_published,
          .retain_handling = std::to_underlying(how.retain_handling),
          .to = std::move(to)};
}

recipient_ptr recipient_for(message_handler handler) {
  return handler ? make_recipient(std::move(handler)) : make_recipient(recipient::kind::pull_queue);
}

template <class Value>
operation<Value> refused(mqtt::reason_code reason, operation_host_ptr host) {
  return operation<Value>::finished(std::unexpected(mqtt_error_of(reason)), std::move(host));
}

}  // namespace

// --- life ---

client::client(std::unique_ptr<implementation> made) noexcept : my_(std::move(made)) {}

client::client(std::string_view url, client_options options) {
  std::string why;
  auto opened = open(url, std::move(options), &why);
  if (!opened) throw mqtt_error(opened.error(), std::move(why));
  *this = *std::move(opened);
}

nanolib::result<client> client::open(std::string_view url, client_options options, std::string* why) noexcept {
  try {
    std::string fault;
    auto made = engine::create(url, std::move(options), fault);
    if (!made) {
      if (why != nullptr) *why = std::move(fault);
      return std::unexpected(made.error());
    }
    return client(std::make_unique<implementation>(std::move(made->core), std::move(made->io)));
  } catch (const std::bad_alloc&) {
    return std::unexpected(errors::no_memory);
  } catch (const std::system_error& known) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, known.code().value()});
  } catch (...) {
    // The system's random numbers, for the client id, or a text beyond all bounds.
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, EIO});
  }
}

client::client(client&& other) noexcept = default;

client& client::operator=(client&& other) noexcept {
  std::swap(my_, other.my_);
  return *this;
}

client::~client() {
  if (!my_) return;
  if (my_->io->is_stranded()) {
    static_cast<void>(my_.release());  // the parent's: its threads are not here, its connection is not ours to end
    return;
  }
  try {
    const auto closed = close({.drain = my_->core->options.linger});
    if (!my_->core->forsake()) return;
    static_cast<void>(closed.wait());
    my_->core->join_callbacks();
  } catch (const std::bad_alloc&) {
    // Nothing more can be said or waited for; the loop ends the connection when the thread does.
  }
}

// --- publishing ---

operation<publish_outcome> client::publish(std::string_view topic, nanolib::bytes payload,
                                           const publish_options& options) {
  return my_->core->publish(topic, payload, options);
}

operation<publish_outcome> client::publish(std::string_view topic, std::string_view payload,
                                           const publish_options& options) {
  return my_->core->publish(topic, nanolib::as_bytes(payload), options);
}

// --- subscribing ---

operation<subscribe_outcome> client::subscribe(std::string_view filter, message_handler handler,
                                               const subscribe_options& options) {
  if (!options.qos.valid()) return refused<subscribe_outcome>(mqtt::reason_code::qos_not_supported, host());
  std::vector<wanted_subscription> entries;
  entries.push_back(wanted_from(filter, options, recipient_for(std::move(handler))));
  return my_->core->subscribe(std::move(entries), options);
}

operation<subscribe_outcome> client::subscribe(std::string_view filter, const subscribe_options& options) {
  return subscribe(filter, message_handler(), options);
}

operation<subscribe_outcome> client::subscribe_all(std::vector<subscription> subscriptions) {
  std::vector<wanted_subscription> entries;
  for (subscription& each : subscriptions) {
    if (!each.options.qos.valid()) return refused<subscribe_outcome>(mqtt::reason_code::qos_not_supported, host());
    entries.push_back(wanted_from(each.filter, each.options, recipient_for(std::move(each.handler))));
  }
  const subscribe_options how = subscriptions.empty() ? subscribe_options() : subscriptions.front().options;
  return my_->core->subscribe(std::move(entries), how);
}

operation<subscribe_outcome> client::unsubscribe(std::string_view filter, const unsubscribe_options& options) {
  return my_->core->unsubscribe({std::string(filter)}, options);
}

operation<subscribe_outcome> client::unsubscribe_all(std::vector<std::string> filters,
                                                     const unsubscribe_options& options) {
  return my_->core->unsubscribe(filters, options);
}

// --- receiving ---

operation<message> client::receive(duration timeout) { return my_->core->receive(timeout); }

std::optional<message> client::try_receive() { return my_->core->try_receive(); }

message_range client::messages() { return message_range(*this); }

message_range::iterator& message_range::iterator::operator++() {
  current_ = from_->receive().wait().value_or(message());
  return *this;
}

// --- requests ---

operation<message> client::request(std::string_view topic, nanolib::bytes payload, const request_options& options) {
  return my_->core->request(topic, payload, options);
}

operation<message> client::request(std::string_view topic, std::string_view payload, const request_options& options) {
  return my_->core->request(topic, nanolib::as_bytes(payload), options);
}

namespace {

operation<publish_outcome> answer(engine& core, const message& request, const response& with) {
  publish_options how;
  how.qos = with.qos;
  how.properties = with.properties;
  if (const auto correlation = request.correlation_data()) {
    how.properties.correlation_data = nanolib::as_text(*correlation);
  }
  return core.publish(request.response_topic(), nanolib::as_bytes(with.payload), how);
}

}  // namespace

operation<subscribe_outcome> client::respond(std::string_view filter, responder how, const subscribe_options& options) {
  // Handlers run only while the engine is there.
  auto handler = [core = my_->core.get(), how = std::move(how)](const message& request) {
    const response said = how(request);
    if (!request.response_topic().empty()) static_cast<void>(answer(*core, request, said));
  };
  return subscribe(filter, std::move(handler), options);
}

operation<publish_outcome> client::reply(const message& request, const response& with) {
  return answer(*my_->core, request, with);
}

// --- state ---

operation<void> client::reauthenticate() { return my_->core->reauthenticate(); }
operation<void> client::close(const close_options& options) { return my_->core->close(options); }
client_state client::state() const noexcept { return my_->core->state(); }
server_capabilities client::server() const { return my_->core->server(); }
client_statistics client::statistics() const noexcept { return my_->core->figures(); }
operation_host_ptr client::host() const noexcept { return operation_host_ptr::share(my_->core.get()); }

std::string client::client_id() const {
  std::string assigned = my_->core->server().client_id;
  return assigned.empty() ? my_->core->client_id : assigned;
}

}  // namespace nanonng::sdk
