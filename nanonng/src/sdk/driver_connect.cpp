// Attempts to connect, and what comes between them.
#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"
#include "property_block.hpp"

namespace nanonng::sdk {

namespace {

using mqtt::reason_code;

/// What does not change because some time has passed. Spec: MQTT 5.0 §3.2.2.2, §3.14.2.1.
bool is_lasting(reason_code reason) noexcept {
  switch (reason) {
    case reason_code::unsupported_protocol_version:
    case reason_code::client_identifier_not_valid:
    case reason_code::bad_user_name_or_password:
    case reason_code::not_authorized:
    case reason_code::banned:
    case reason_code::bad_authentication_method:
    case reason_code::session_taken_over:
    case reason_code::topic_name_invalid:
    case reason_code::payload_format_invalid:
    case reason_code::retain_not_supported:
    case reason_code::qos_not_supported:
      return true;
    default:
      return false;
  }
}

/// In 3.x, which has no Receive Maximum, unless the program says otherwise: mosquitto's default.
constexpr std::uint16_t usual_inflight = 20;

std::uint16_t inflight_of(const client_options& options) noexcept {
  if (options.maximum_inflight != 0) return options.maximum_inflight;
  return options.version == mqtt::protocol_version::v5 ? std::uint16_t{65'535} : usual_inflight;
}

std::uint16_t keep_alive_of(const client_options& options) noexcept {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(options.keep_alive.count(), 0, 65'535));
}

}  // namespace

mqtt::client_settings settings_from(const client_options& options) noexcept {
  mqtt::client_settings made;
  made.limits.maximum_packet_size = options.maximum_packet_size;
  made.limits.maximum_properties_size = std::min(options.maximum_packet_size, 1024U * 1024);
  made.limits.maximum_user_properties = 10'000;
  made.limits.maximum_topic_levels = 65'535;
  made.receive_maximum = options.receive_maximum;
  // mosquitto 2.0.11 sends two messages for each PUBACK. Memory is bounded by the incoming bounds all the same.
  made.receive_excess = std::numeric_limits<std::uint16_t>::max();
  made.maximum_inflight = inflight_of(options);
  made.topic_alias_maximum = options.topic_alias_maximum;
  made.sent_topic_aliases = options.use_topic_aliases ? std::numeric_limits<std::uint16_t>::max() : std::uint16_t{0};
  made.manual_acknowledgement = true;  // at the earliest when the handler has returned
  made.connect_timeout = options.connect_timeout;
  return made;
}

connect_request::connect_request(const client_options& options, const server_url& server, const std::string& client_id,
                                 bool begins, const std::string& authentication_data) {
  mqtt::connect_view& packet = view_.packet;
  const bool is_v5 = options.version == mqtt::protocol_version::v5;
  packet.version = options.version;
  // In 3.x a clean session is one that ends with its connection, so it is asked for each time.
  packet.clean_start = is_v5 ? begins : options.clean_start;
  packet.keep_alive_s = keep_alive_of(options);
  packet.client_id = options.client_id.empty() && !server.client_id.empty() ? server.client_id : client_id;
  const auto& user = options.user_name ? options.user_name : server.user_name;
  const auto& password = options.password ? options.password : server.password;
  packet.has_user_name = user.has_value();
  packet.has_password = password.has_value();
  if (user) packet.user_name = *user;
  if (password) packet.password = nanolib::as_bytes(*password);
  if (options.will) {
    const will_message& will = *options.will;
    packet.has_will = true;
    packet.will.topic = will.topic;
    packet.will.payload = nanolib::as_bytes(will.payload);
    packet.will.qos = will.qos.value();
    packet.will.retain = will.retain;
    if (is_v5) {
      write_properties(will.properties, will_properties_);
      if (will.properties.message_expiry_interval) {
        will_properties_.four_byte(mqtt::property_id::message_expiry_interval,
                                   seconds_in_32_bits(*will.properties.message_expiry_interval));
      }
      if (will.delay.count() > 0) {
        will_properties_.four_byte(mqtt::property_id::will_delay_interval, seconds_in_32_bits(will.delay));
      }
      view_.will_properties = will_properties_.block();
    }
  }
  if (!is_v5) return;
  view_.session_expiry_s = seconds_in_32_bits(options.session_expiry);
  view_.request_response_information = options.request_response_information;
  view_.authentication_method = options.authenticator.method;
  view_.authentication_data = nanolib::as_bytes(authentication_data);
  write_user_properties(options.user_properties, user_properties_);
  view_.user_properties = user_properties_.block();
}

// --- attempts ---

void driver::start() {
  alive_ = engine::ptr::share(&home_);
  begin_attempt();
}

void driver::begin_attempt() {
  const authenticator& how = home_.options.authenticator;
  const bool asks = !how.method.empty() && how.first_data;
  // Nobody is called any more, so nobody can say what a connection needs.
  if (asks && home_.is_forsaken()) return end({errors::closed});
  ++attempts_;
  ++tried_in_round_;
  ++attempt_number_;
  loop_.timers().set(attempt_limit_, loop_.now() + home_.options.connect_timeout);
  change_state(client_state::connecting, {mqtt_error_of(reason_code::success)});
  if (!asks) return dial({});
  phase_ = phase::authorising;
  ask([&how] { return nanolib::result<std::string>(how.first_data()); },
      [](driver& which, nanolib::result<std::string> data) {
        if (which.phase_ != phase::authorising) return;
        if (!data) return which.fail_attempt({data.error(), "no authentication data"});
        which.dial(*std::move(data));
      });
}

/// Asks the authenticator and goes on with what it says, if this attempt still is the one.
void driver::ask(std::move_only_function<nanolib::result<std::string>()> question,
                 std::move_only_function<void(driver&, nanolib::result<std::string>)> go_on) {
  home_.ask([home = engine::ptr::share(&home_), number = attempt_number_, question = std::move(question),
             go_on = std::move(go_on)]() mutable {
    nanolib::result<std::string> said = std::unexpected(mqtt_error_of(reason_code::not_authorized));
    home->guarded_question([&] { said = question(); });
    home->tell([number, said = std::move(said), go_on = std::move(go_on)](driver& which) mutable {
      if (which.attempt_number_ == number) go_on(which, std::move(said));
    });
  });
}

void driver::dial(std::string authentication_data) {
  phase_ = phase::dialing;
  authentication_data_ = std::move(authentication_data);
  dialer_ = std::make_unique<net::dialer>(
      loop_, servers_[server_].where(), nanolib::never,
      [this](nanolib::result<std::unique_ptr<net::stream>> made) { on_dialed(std::move(made)); }, net::stream_factory(),
      home_.options.local_address);
}

void driver::on_dialed(nanolib::result<std::unique_ptr<net::stream>> made) {
  dialer_.reset();
  try {
    if (!made) return fail_attempt({made.error()});
    net::client_layers& layers = layers_[server_];
    if (layers.tls && !layers.session) layers.session = std::make_shared<net::tls_session>();
    auto over = net::add_client_layers(*std::move(made), layers);
    if (!over) return fail_attempt({errors::no_memory});
    greet(std::move(over));
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

void driver::greet(std::unique_ptr<net::stream> over) {
  phase_ = phase::greeting;
  connection_ = std::make_unique<net::connection>(loop_, std::move(over), static_cast<net::connection_handler&>(*this));
  appended_ = appended_before_ = sent_before_ = asked_ = confirmed_ = 0;
  machine_.emplace(settings_, session_);
  scratch_.clear();
  connect_request packet(home_.options, servers_[server_], home_.client_id, begins_session(), authentication_data_);
  packet.set_elsewhere(is_elsewhere_);
  const mqtt::verdict said = machine_->connect(packet.view(), loop_.now(), scratch_);
  if (said.is_refusal()) return fail_attempt({mqtt_error_of(said.reason), std::string(said.why)});
  if (!write(scratch_)) return fail_attempt({errors::no_memory});
  set_machine_timer();
}

/// Why the stream has ended, with what its layers know of it.
failure driver::transport_failure(nanolib::error why) const {
  const bool by_peer = why.domain == nanolib::error_domain::sys && why.code == 0;
  failure gone{by_peer ? nanolib::error{nanolib::error_domain::sys, ECONNRESET} : why};
  gone.by_server =
      gone.why.domain == nanolib::error_domain::sys && (gone.why.code == ECONNRESET || gone.why.code == EPIPE);
  if (connection_ && connection_->transport() != nullptr) gone.detail = connection_->transport()->failure();
  if (by_peer && gone.detail.empty()) gone.detail = "the server closed the connection";
  // Certificates and keys that somebody has refused.
  gone.refused = why == nanolib::error{nanolib::error_domain::sys, EACCES} && !layers_[server_].is_plain();
  return gone;
}

/// What the server has not done when an attempt takes too long.
std::string_view driver::what_was_late() const noexcept {
  if (phase_ != phase::greeting || !connection_ || connection_->transport() == nullptr) return "no connection in time";
  const bool shakes_hands = layers_[server_].tls && connection_->transport()->identity() == nullptr;
  return shakes_hands ? "no TLS handshake in time" : "no CONNACK in time";
}

/// Whether this connection asks for a new session (5.0), and whether it is to another server than the last one.
bool driver::begins_session() noexcept {
  if (home_.options.servers_share_sessions) return home_.options.clean_start && !known_.front().has_session;
  is_elsewhere_ = server_ != session_server_ && known_[session_server_].has_session;
  if (is_elsewhere_ && session_.has_half_delivered()) known_[session_server_].is_tangled = true;
  return known_[server_].has_session ? known_[server_].is_tangled : home_.options.clean_start;
}

void driver::on_opened(const mqtt::connack_view& said) {
  phase_ = phase::online;
  const bool is_renewed = !said.session_present || std::exchange(is_elsewhere_, false);
  session_server_ = home_.options.servers_share_sessions ? 0 : server_;
  known_[session_server_] = {.has_session = true, .is_tangled = false};
  attempts_ = 0;
  tried_in_round_ = 0;
  attempt_limit_.cancel();
  backoff_.connected(loop_.now());
  home_.counts.connections.add();
  home_.set_server(capabilities_from(said));
  if (response_topic_.empty() || home_.options.request_response_information) choose_response_topic(said);
  session_present_ = said.session_present;
  std::string detail;
  if (said.props.has(mqtt::property_id::reason_string)) detail = said.props.reason_string;
  change_state(client_state::online, {mqtt_error_of(reason_code::success), std::move(detail)});
  if (is_renewed) renew_subscriptions();
  for (const request_ptr& each : std::exchange(early_requests_, {})) send_request(each);
  pump_soon();
}

server_capabilities driver::capabilities_from(const mqtt::connack_view& said) const {
  using mqtt::property_id;
  const mqtt::server_limits& limits = machine_->limits();
  server_capabilities made;
  made.maximum_qos = limits.maximum_qos;
  made.retain = limits.retain_available;
  made.wildcard_subscriptions = limits.wildcard_subscriptions;
  made.shared_subscriptions = limits.shared_subscriptions;
  made.subscription_identifiers = limits.subscription_identifiers && machine_->is_v5();
  made.receive_maximum = limits.receive_maximum;
  made.topic_alias_maximum = limits.topic_alias_maximum;
  made.maximum_packet_size = std::min(limits.maximum_packet_size, made.maximum_packet_size);
  made.keep_alive = std::chrono::seconds(limits.keep_alive_s);
  made.session_expiry = std::chrono::seconds(limits.session_expiry_s);
  const mqtt::properties& props = said.props;
  const auto text = [&](property_id id, std::string_view value) {
    return props.has(id) ? std::string(value) : std::string();
  };
  made.client_id = text(property_id::assigned_client_identifier, props.assigned_client_identifier);
  if (made.client_id.empty()) made.client_id = home_.client_id;
  made.response_information = text(property_id::response_information, props.response_information);
  made.server_reference = text(property_id::server_reference, props.server_reference);
  made.reason_string = text(property_id::reason_string, props.reason_string);
  mqtt::property_reader reader(props.raw);
  mqtt::property each;
  while (reader.next(each)) {
    if (each.id == property_id::user_property) made.user_properties.emplace_back(each.text, each.value);
  }
  return made;
}

// --- failures ---

/// The attempt under way leads to nothing.
void driver::fail_attempt(failure why) {
  home_.counts.failed_attempts.add();
  retire_connection();
  layers_[server_].session.reset();  // what it holds may be why
  leave_connection(why.why);
  const client_options& options = home_.options;
  const bool enough = options.reconnect.attempts != 0 && attempts_ >= options.reconnect.attempts;
  const bool refused = why.refused && !options.reconnect.after_refusal;
  if (enough || refused) return end(why);
  wait_for_next(why);  // tells of this server
  server_ = (server_ + 1) % servers_.size();
}

/// The connection, or the attempt to make one, is gone.
void driver::lose_connection(failure why) {
  if (phase_ == phase::over || phase_ == phase::waiting) return;
  if (phase_ == phase::parting) return end({errors::closed});
  if (phase_ != phase::online) return fail_attempt(std::move(why));
  retire_connection();
  leave_connection(why.why);
  suspicion_.lost(why.by_server, session_.unanswered());
  backoff_.lost(loop_.now());
  if (why.refused && !home_.options.reconnect.after_refusal) return end(why);
  wait_for_next(why);
}

/// The next server of the list at once; after each round of them a wait. A lost connection waits, too.
void driver::wait_for_next(const failure& why) {
  const bool round_is_over = tried_in_round_ == 0 || tried_in_round_ >= servers_.size();
  if (round_is_over) tried_in_round_ = 0;
  const nanolib::duration wait = round_is_over ? backoff_.next() : nanolib::duration(0);
  phase_ = phase::waiting;
  change_state(client_state::offline, why, wait);
  // Not here: the loop's own calls may be on the stack. And not by the timer, which is not that exact.
  const bool at_once = wait.count() == 0 && home_.tell([](driver& which) { which.on_retry(which.loop_.now()); });
  if (!at_once) loop_.timers().set(retry_, loop_.now() + wait);
}

void driver::on_retry(nanolib::instant) noexcept {
  if (phase_ != phase::waiting) return;
  try {
    begin_attempt();
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

void driver::on_attempt_limit(nanolib::instant) noexcept {
  if (phase_ != phase::authorising && phase_ != phase::dialing && phase_ != phase::greeting) return;
  try {
    fail_attempt({errors::timed_out, std::string(what_was_late())});
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

/// What the connection leaves behind: messages with QoS 0 are lost with it, requests without an answer are made again.
void driver::leave_connection(const nanolib::error& why) {
  attempt_limit_.cancel();
  machine_timer_.cancel();
  written_timer_.cancel();
  ++attempt_number_;
  unread_ = 0;
  if (reading_paused_) {
    reading_paused_ = false;
    home_.outgoing.pause_reading(false);
  }
  while (outgoing_entry* const each = writing_.pop_front()) {
    finish(static_cast<publish_request&>(*each), std::unexpected(why.code != 0 ? why : errors::closed));
  }
  end_reauthentication(std::unexpected(why.code != 0 ? why : errors::closed));
  if (!machine_) return;
  machine_->disconnected();
  machine_.reset();
  mqtt::request_token token = 0;
  while (session_.take_lost_request(token)) {
    outgoing_entry& each = outgoing_entry::from(token);
    each.where = outgoing_entry::place::again;
    again_.push_back(each);
  }
}

void driver::change_state(client_state to, const failure& why, nanolib::duration retry_in) {
  home_.set_state({.state = to,
                   .why = why.why,
                   .detail = why.detail,
                   .server = servers_[server_].text(),
                   .session_present = to == client_state::online && session_present_,
                   .attempt = attempts_,
                   .retry_in = retry_in});
}

failure failure_of(reason_code reason, std::string_view static_text, const mqtt::properties* said) {
  failure made{mqtt_error_of(reason), std::string(static_text), is_lasting(reason)};
  if (said == nullptr) return made;
  if (said->has(mqtt::property_id::reason_string)) made.detail = said->reason_string;
  if (said->has(mqtt::property_id::server_reference)) {
    made.detail.append(made.detail.empty() ? "" : "; ").append("use ").append(said->server_reference);
  }
  return made;
}

// --- the protocol's timer ---

void driver::set_machine_timer() noexcept {
  const nanolib::instant at = machine_ ? machine_->deadline() : nanolib::never;
  if (at == nanolib::never) return machine_timer_.cancel();
  loop_.timers().set(machine_timer_, at);
}

void driver::on_machine_timer(nanolib::instant now) noexcept {
  if (!machine_ || !connection_) return;
  try {
    if (reading_paused_) return keep_alive_unheard();
    const mqtt::client_action action = machine_->tick(now);
    if (action.what == mqtt::client_action::kind::fail) return on_violation(action);
    write_answers();
    set_machine_timer();
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

/// While reading rests the server hears of us all the same.
void driver::keep_alive_unheard() {
  static constexpr std::byte pingreq[2] = {std::byte{0xC0}, std::byte{0}};
  if (!write(pingreq)) return out_of_memory();
  keep_alive_later();
}

}  // namespace nanonng::sdk
