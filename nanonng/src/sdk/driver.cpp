// The turn, and the end.
#include "driver.hpp"

#include <utility>

#include "error_text.hpp"
#include "property_block.hpp"

namespace nanonng::sdk {

namespace {

/// How long the server has to close after our DISCONNECT.
constexpr nanolib::duration parting_time{1'000};

}  // namespace

/// Comes behind everything that was posted.
class driver::burial final : public net::inbox_item {
 public:
  explicit burial(engine::ptr home) noexcept : home_(std::move(home)) {}
  void run() noexcept override { bury(*home_); }

 private:
  engine::ptr home_;
};

driver::driver(engine& home, std::shared_ptr<io_thread> io, std::vector<server_url> servers,
               std::vector<net::client_layers> layers)
    : home_(home),
      io_(std::move(io)),
      loop_(io_->loop()),
      servers_(std::move(servers)),
      layers_(std::move(layers)),
      settings_(settings_from(home.options)),
      known_(servers_.size()),
      backoff_(home.options.reconnect),
      suspicion_(home.options.reconnect.attempts_per_message),
      pull_recipient_(make_recipient(recipient::kind::pull_queue)),
      stray_recipient_(home.options.on_message ? make_recipient(home.options.on_message) : pull_recipient_),
      deadlines_(loop_.timers()),
      retry_(*this),
      attempt_limit_(*this),
      machine_timer_(*this),
      written_timer_(*this),
      close_timer_(*this) {}

driver::~driver() { io_->turns().forget(*this); }

// --- the turn ---

void driver::before_flush() noexcept {
  try {
    write_answers();
    pump();
    ask_whether_written();
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
  settle_bounds();
}

void driver::after_flush() noexcept {
  home_.counts.bytes_sent.add(appended_ - sent_before_);
  sent_before_ = appended_;
  if (machine_ && appended_ != appended_before_) machine_->sent(loop_.now());
  appended_before_ = appended_;
  complete_written();
  retired_.clear();
  settle_bounds();
  try {
    if (closing_) close_if_drained();
  } catch (const std::bad_alloc&) {
    end({errors::no_memory});
  }
  home_.flush_calls();
  if (phase_ == phase::over) leave_loop();
}

/// Nothing more is posted from here on; what has been posted before still finds the driver, and the end comes behind it.
void driver::leave_loop() noexcept {
  if (std::exchange(leaving_, true)) return;
  std::unique_ptr<burial> last(new (std::nothrow) burial(engine::ptr::share(&home_)));
  {
    const nanolib::mutex_lock held(home_.loop_mutex_);
    home_.loop_ = nullptr;
    if (last) return loop_.post(std::move(last));
  }
  bury(home_);
}

bool driver::post_burial() noexcept {
  std::unique_ptr<burial> last(new (std::nothrow) burial(engine::ptr::share(&home_)));
  if (!last) return false;
  loop_.post(std::move(last));
  return true;
}

void driver::bury(engine& home) noexcept {
  const engine::ptr alive = engine::ptr::share(&home);
  home.flush_calls();
  // Called on this thread they may have made more become due: in the next turn, so that others have theirs.
  if (!home.calls_.empty() && home.driver_->post_burial()) return;
  const std::vector<closer> closers = std::move(home.driver_->closers_);
  home.loop_thread_ = std::thread::id();
  home.driver_.reset();  // and with it, perhaps, the loop's thread, once this turn is over
  for (const closer& each : closers) each->finish({});
  home.end_questions();
  home.buried_ = true;
  if (!home.forsaken_) return;
  while (home.pull.take()) continue;  // came after the client was destroyed
  home.callbacks_.stop();
}

/// Memory is short: the connection can't be trusted to say everything that it has to.
void driver::out_of_memory() noexcept {
  if (std::exchange(in_memory_trouble_, true)) return;
  try {
    lose_connection({errors::no_memory});
  } catch (const std::bad_alloc&) {
    retire_connection();
    phase_ = phase::waiting;
    loop_.timers().set(retry_, loop_.now() + home_.options.reconnect.maximum);
  }
  in_memory_trouble_ = false;
}

// --- the end ---

void driver::close(nanolib::intrusive_ptr<operation_state<void>> told, const close_options& how) {
  closers_.push_back(std::move(told));
  call_soon();
  if (phase_ == phase::parting || phase_ == phase::over) return;
  farewell_ = how;
  closing_ = true;
  loop_.timers().set(close_timer_, loop_.now() + how.drain);
  if (how.drain <= nanolib::duration(0)) part();
}

void driver::close_if_drained() {
  if (phase_ == phase::parting || phase_ == phase::over) return;
  const bool drained = home_.outgoing.is_empty() && again_.empty() && writing_.empty() && session_.unanswered() == 0;
  if (drained) part();
}

/// Says goodbye and waits for the server to close, so that nothing that was sent is lost to a reset.
void driver::part() {
  if (phase_ != phase::online || !connection_) return end({errors::closed});
  pump();
  if (!connection_ || !machine_) return end({errors::closed});
  const bool leaves_will = farewell_.reason == mqtt::reason_code::disconnect_with_will;
  scratch_.clear();
  // A session that nobody can take up again ends with the connection.
  std::optional<std::uint32_t> expiry;
  if (home_.options.clean_start) expiry = 0;
  if (farewell_.session_expiry) expiry = seconds_in_32_bits(*farewell_.session_expiry);
  if (home_.options.session_expiry.count() == 0) expiry.reset();  // nothing to end, and it may not be raised
  mqtt::property_writer properties;
  if (check_user_properties(farewell_.user_properties) == mqtt::reason_code::success) {
    write_user_properties(farewell_.user_properties, properties);
  }
  const bool said = (!leaves_will || machine_->is_v5()) &&
                    !machine_->disconnect(farewell_.reason, expiry, properties.block(), scratch_).is_refusal() &&
                    write(scratch_);
  // In 3.1.1 only a connection that ends without DISCONNECT has its will published.
  if (!said) return end({errors::closed});
  phase_ = phase::parting;
  machine_timer_.cancel();
  connection_->pause_input(false);
  loop_.timers().set(close_timer_, loop_.now() + parting_time);
}

void driver::on_close_timer(nanolib::instant) noexcept {
  try {
    if (phase_ == phase::parting) {
      end({errors::closed});
    } else if (phase_ != phase::over) {
      part();
    }
  } catch (const std::bad_alloc&) {
    end({errors::no_memory});
  }
}

/// For good. The rest happens at the end of the turn.
void driver::end(const failure& why) noexcept {
  if (phase_ == phase::over) return;
  const bool gave_up = !closing_;
  phase_ = phase::over;
  closing_ = true;
  try {
    if (gave_up) home_.set_last_words(why.detail);
  } catch (const std::bad_alloc&) {
    // The error itself says enough.
  }
  home_.outgoing.close(gave_up ? why.why : errors::closed);
  if (connection_) connection_->flush();
  complete_written();
  retire_connection();
  try {
    change_state(client_state::closed, gave_up ? why : failure{mqtt_error_of(mqtt::reason_code::success)});
    leave_connection(why.why);
    end_everything(why.why, why.detail);
  } catch (const std::bad_alloc&) {
    home_.state_.store(client_state::closed);
  }
  retry_.cancel();
  attempt_limit_.cancel();
  close_timer_.cancel();
  call_soon();
}

/// Everything that is pending ends with this.
void driver::end_everything(nanolib::error why, std::string_view detail) {
  const auto end_entry = [&](outgoing_entry& each) {
    deadlines_.disarm(each.expires);
    if (each.what == outgoing_entry::kind::publish) {
      finish(static_cast<publish_request&>(each), std::unexpected(why), detail);
    } else {
      static_cast<subscribe_request&>(each).finish(std::unexpected(why), detail);
      let_go(each);
    }
  };
  mqtt::request_token token = 0;
  while (session_.take_any(token)) end_entry(outgoing_entry::from(token));
  while (outgoing_entry* const each = again_.pop_front()) end_entry(*each);
  for (entry_list rest = home_.outgoing.take(SIZE_MAX, SIZE_MAX); outgoing_entry* const each = rest.pop_front();) {
    end_entry(*each);
  }
  fail_all_requests(why, detail);
  for (const receive_request_ptr& each : home_.pull.close()) {
    deadlines_.disarm(each->expires);
    each->finish(std::unexpected(why), detail);
  }
  settle_bounds();
}

void driver::retire_connection() noexcept {
  dialer_.reset();
  if (!connection_) return;
  connection_->close();
  try {
    retired_.push_back(std::move(connection_));
  } catch (const std::bad_alloc&) {
    // Kept where it is, closed; the next attempt replaces it.
    return;
  }
  connection_ = nullptr;
  call_soon();
}

void driver::withdraw(outgoing_entry& which) noexcept {
  deadlines_.disarm(which.expires);
  if (!home_.outgoing.withdraw(which)) {
    if (which.where != outgoing_entry::place::again) return;
    again_.unlink(which);
  }
  let_go(which);
  settle_bounds();
}

}  // namespace nanonng::sdk
