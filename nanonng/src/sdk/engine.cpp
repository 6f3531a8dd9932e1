// Beginning, handing over between threads, and what everybody may ask.
#include "engine.hpp"

#include <algorithm>
#include <new>
#include <random>
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"
#include "nanolib/base/hash.hpp"
#include "nanonng/sdk/server_layers.hpp"

namespace nanonng::sdk {

namespace {

/// Up to 23 letters and digits, which every version and server takes.
std::string random_client_id() {
  static constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device device;
  std::string id = "nng";
  while (id.size() < 23) id += digits[std::uniform_int_distribution<std::size_t>(0, digits.size() - 1)(device)];
  return id;
}

nanolib::result<std::vector<server_url>> read_servers(std::string_view url, const client_options& options,
                                                      std::string& why) {
  std::vector<server_url> servers;
  const auto add = [&](std::string_view text) -> nanolib::result<void> {
    auto read = parse_server_url(text, why);
    if (!read) return std::unexpected(read.error());
    servers.push_back(*std::move(read));
    return {};
  };
  if (const auto added = add(url); !added) return std::unexpected(added.error());
  for (const std::string& each : options.servers) {
    if (const auto added = add(each); !added) return std::unexpected(added.error());
  }
  return servers;
}

/// The way to each server. One context holds the certificates for all of them.
nanolib::result<std::vector<net::client_layers>> make_layers(const std::vector<server_url>& servers,
                                                             const client_options& options, std::string& why) {
  std::shared_ptr<const net::tls_context> context = options.tls_context;
  if (!context && std::ranges::any_of(servers, &server_url::tls)) {
    auto made = make_tls_context(options.tls, why);
    if (!made) return std::unexpected(made.error());
    context = *std::move(made);
  }
  std::vector<net::client_layers> all;
  for (const server_url& each : servers) {
    auto made = make_server_layers(each, context, options.tls, options.websocket, options.version, why);
    if (!made) return std::unexpected(made.error());
    all.push_back(*std::move(made));
  }
  return all;
}

/// What no server would accept is said before anything is sent.
nanolib::result<void> check_options(const client_options& options, const std::vector<server_url>& servers,
                                    const std::string& client_id, std::string& why) {
  const nanolib::error unusable{nanolib::error_domain::config, 0};
  if (options.will && !options.will->qos.valid()) {
    why = "the will's QoS is none of 0, 1 and 2";
    return std::unexpected(unusable);
  }
  if (options.receive_maximum == 0 || options.maximum_packet_size == 0) {
    why = "a receive maximum or maximum packet size of 0";
    return std::unexpected(unusable);
  }
  if (!options.local_address.empty() && net::numeric_addresses(options.local_address, 0).empty()) {
    why = "the local address is no numeric address";
    return std::unexpected(unusable);
  }
  const mqtt::client_settings settings = settings_from(options);
  for (const server_url& each : servers) {
    mqtt::client_session session;
    mqtt::client_machine machine(settings, session);
    mqtt::buffer out;
    const connect_request request(options, each, client_id, true, {});
    if (const mqtt::verdict said = machine.connect(request.view(), {}, out); said.is_refusal()) {
      why = said.why.empty() ? mqtt::name_of(said.reason) : said.why;
      return std::unexpected(unusable);
    }
  }
  return {};
}

}  // namespace

/// A task on its way to the loop.
class engine::loop_item final : public net::inbox_item {
 public:
  loop_item(ptr home, task what, job otherwise) noexcept
      : home_(std::move(home)), what_(std::move(what)), otherwise_(std::move(otherwise)) {}
  loop_item(const loop_item&) = delete;
  loop_item& operator=(const loop_item&) = delete;
  ~loop_item() override {
    if (otherwise_) otherwise_();
  }
  void run() noexcept override {
    if (!home_->driver_) return;
    otherwise_ = nullptr;
    try {
      what_(*home_->driver_);
    } catch (const std::bad_alloc&) {
      if (home_->driver_) home_->driver_->out_of_memory();
    }
  }
  /// It is not sent: nothing of it is called.
  void forget() noexcept { otherwise_ = nullptr; }

 private:
  ptr home_;
  task what_;
  job otherwise_;
};

engine::engine(client_options&& wanted, std::string id, nanolib::clock& clock)
    : options(std::move(wanted)),
      client_id(std::move(id)),
      outgoing(options.outgoing),
      gate(options.incoming),
      clock_(clock),
      callbacks_(*this),
      questions_(*this) {}

engine::~engine() = default;

nanolib::result<engine::running> engine::create(std::string_view url, client_options&& wanted, std::string& why) {
  auto servers = read_servers(url, wanted, why);
  if (!servers) return std::unexpected(servers.error());
  std::string id = !wanted.client_id.empty() ? wanted.client_id : servers->front().client_id;
  if (id.empty()) id = random_client_id();
  if (const auto fine = check_options(wanted, *servers, id, why); !fine) return std::unexpected(fine.error());
  auto layers = make_layers(*servers, wanted, why);
  if (!layers) return std::unexpected(layers.error());
  std::shared_ptr<io_thread> io = std::move(wanted.io);
  if (!io) {
    auto shared = io_thread::shared();
    if (!shared) return std::unexpected(shared.error());
    io = *std::move(shared);
  }
  net::event_loop& loop = io->loop();
  auto made = ptr::adopt(new engine(std::move(wanted), std::move(id), loop.time_source()));
  made->driver_ = std::make_unique<driver>(*made, io, *std::move(servers), *std::move(layers));
  {
    const nanolib::mutex_lock held(made->loop_mutex_);
    made->loop_ = &loop;
  }
  // Not by the first task: a callback on that very thread may use the client before its turn comes.
  made->loop_thread_ = io->id();
  if (!made->tell([](driver& which) { which.start(); })) {
    return std::unexpected(errors::no_memory);
  }
  return running{std::move(made), std::move(io)};
}

// --- to the loop ---

bool engine::tell(task what) noexcept { return tell(std::move(what), {}); }

bool engine::tell(task what, job otherwise) noexcept {
  std::unique_ptr<loop_item> item(new (std::nothrow)
                                      loop_item(ptr::share(this), std::move(what), std::move(otherwise)));
  if (!item) return false;
  const nanolib::mutex_lock held(loop_mutex_);
  if (loop_ == nullptr) {
    item->forget();
    return false;
  }
  loop_->post(std::move(item));
  return true;
}

void engine::cancel(operation_core& which) noexcept {
  auto kept = nanolib::intrusive_ptr<operation_core>::share(&which);
  static_cast<void>(tell([kept = std::move(kept)](driver&) { kept->abandon(errors::cancelled); }));
}

void engine::acknowledge(mqtt::receipt_number number, mqtt::reason_code reason) noexcept {
  if (on_loop()) {
    if (driver_) driver_->acknowledge(number, reason);
    return;
  }
  try {
    const nanolib::mutex_lock held(receipts_mutex_);
    receipts_.push_back({number, reason});
    if (receipts_.size() > 1) return;  // the loop has been told
  } catch (const std::bad_alloc&) {
    return;  // the server will send it again
  }
  static_cast<void>(tell([this](driver& which) {
    std::vector<receipt> all;
    {
      const nanolib::mutex_lock held(receipts_mutex_);
      all.swap(receipts_);
    }
    for (const receipt& each : all) which.acknowledge(each.number, each.reason);
  }));
}

void engine::withdraw(outgoing_entry& which) noexcept {
  if (driver_) driver_->withdraw(which);
}

void engine::forget(request_operation& which) noexcept {
  if (driver_) driver_->forget_request(which);
}

void engine::disarm(deadline*& which) noexcept {
  if (driver_) driver_->deadlines().disarm(which);
}

// --- to the callback thread ---

bool engine::is_callback_thread() const noexcept {
  return calls_inline() ? on_loop() : callbacks_.is_current() || questions_.is_current();
}

void engine::run(job what) noexcept {
  callback due{nullptr, {}, std::move(what)};
  if (on_loop() && driver_) {
    try {
      calls_.push_back(std::move(due));
      driver_->call_soon();
      return;
    } catch (const std::bad_alloc&) {
      // below, then
    }
  }
  if (!calls_inline()) return callbacks_.push(std::move(due));
  auto kept = std::make_shared<callback>(std::move(due));
  if (!tell([this, kept](driver&) { run(std::move(kept->job)); })) guarded([&] { kept->job(); });
}

void engine::deliver(const recipient_ptr& to, const message& what) noexcept {
  try {
    calls_.push_back({to, what, {}});
    if (driver_) driver_->call_soon();
  } catch (const std::bad_alloc&) {
    handled(1, what.body()->size());
  }
}

void engine::flush_calls() noexcept {
  if (!calls_inline()) return callbacks_.push(calls_);
  // What is called may make more become due: in the next turn.
  std::vector<callback> due;
  due.swap(calls_);
  run_calls(due);
}

void engine::run_calls(std::span<callback> calls) noexcept {
  std::size_t messages = 0;
  std::size_t bytes = 0;
  for (callback& each : calls) {
    if (!each.to) {
      guarded([&] { each.job(); });
      each.job = nullptr;
      continue;
    }
    // What nobody will see any more is the server's to keep for whoever takes the session up.
    if (!forsaken_.load(std::memory_order_relaxed)) call(each);
    if (calls_inline()) continue;  // never was in the gate
    ++messages;
    bytes += each.what.body()->size();
    // The gate is told now and then, so that a batch of slow calls does not keep it closed for long.
    if (messages < 64 && !gate.is_closed()) continue;
    handled(std::exchange(messages, 0), std::exchange(bytes, 0));
  }
  if (messages != 0) handled(messages, bytes);
}

void engine::call(const callback& which) noexcept {
  called_ = which.to.get();
  if (which.to->active) guarded([&] { which.to->call(which.what); });
  called_ = nullptr;
  if (has_ended_) finish_ended();
  acknowledge_unless_manual(which.what);
}

void engine::acknowledge_unless_manual(const message& which) const noexcept {
  if (which.body()->settle() && !options.manual_acknowledgement) which.acknowledge();
}

bool engine::is_called(std::span<const recipient_ptr> any) const noexcept {
  const recipient* const now = called_;
  return now != nullptr && std::ranges::any_of(any, [&](const recipient_ptr& each) { return each.get() == now; });
}

void engine::finish_after_calls(std::span<const recipient_ptr> of, job finish) {
  if (calls_inline() || callback_waits() || !is_called(of)) return finish();
  {
    const nanolib::mutex_lock held(ended_mutex_);
    ended_.push_back(std::move(finish));
    has_ended_ = true;
  }
  if (callback_waits() || !is_called(of)) finish_ended();
}

void engine::finish_ended() noexcept {
  std::vector<job> all;
  {
    const nanolib::mutex_lock held(ended_mutex_);
    all.swap(ended_);
    has_ended_ = false;
  }
  for (job& each : all) each();
}

// --- waiting on the callback thread ---

bool engine::begin_wait(operation_waiter& who) noexcept {
  if (!callbacks_.is_current()) return true;
  {
    const nanolib::mutex_lock held(wait_mutex_);
    waiter_ = &who;
  }
  callback_waits_ = true;
  if (has_ended_) finish_ended();  // what it waits for may be among them
  // Without memory the loop cannot be told to read on, and without a loop the operation ends by itself.
  if (!gate.is_closed() || tell([](driver& which) { which.read_beyond_bounds(); }) || buried_) return true;
  end_wait();
  return false;
}

void engine::end_wait() noexcept {
  if (!callbacks_.is_current()) return;
  callback_waits_ = false;
  const nanolib::mutex_lock held(wait_mutex_);
  waiter_ = nullptr;
}

void engine::refuse_wait() noexcept {
  const nanolib::mutex_lock held(wait_mutex_);
  if (waiter_ != nullptr) waiter_->give_up();
}

// --- the authenticator ---

void engine::ask(job question) noexcept {
  if (calls_inline()) return run(std::move(question));
  questions_.push({nullptr, {}, std::move(question)});
}

/// The callback thread ends after the other one, so that whoever waits for it waits for both.
void engine::end_questions() noexcept {
  const bool is_running = questions_.is_started();
  questions_.stop();
  if (is_running) callbacks_.push({nullptr, {}, [this] { questions_.join(); }});
}

void engine::handled(std::size_t messages, std::size_t bytes) noexcept {
  if (gate.remove(messages, bytes)) static_cast<void>(tell([](driver& which) { which.resume_reading(); }));
}

void engine::report_fault(std::exception_ptr thrown) noexcept {
  counts.faults.fetch_add(1, std::memory_order_relaxed);
  std::string text = "not a std::exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    text = known.what();
  } catch (...) {
  }
  if (options.log != nullptr) {
    options.log->event(nanolib::log_component::net, nanolib::log_level::error, "callback_threw",
                       {{"client_id", client_id}, {"what", text}});
  }
  if (!options.on_fault) return;
  try {
    options.on_fault(thrown);
  } catch (...) {
    counts.faults.fetch_add(1, std::memory_order_relaxed);
  }
}

bool engine::forsake() noexcept {
  forsaken_ = true;
  while (pull.take()) continue;  // messages refer to the engine, for their acknowledgement
  const bool is_callback = callbacks_.is_current();
  if (!on_loop() && !is_callback && !questions_.is_current()) return true;
  if (is_callback) {
    // What the authenticator uses may be gone when this returns.
    const nanolib::mutex_lock asked(asking_mutex_);
  }
  callbacks_.let_go();
  if (buried_) callbacks_.stop();  // nobody else will
  return false;
}

void engine::join_callbacks() noexcept {
  callbacks_.stop();
  callbacks_.join();
}

// --- what can be asked ---

void engine::set_state(state_change change) noexcept {
  state_.store(change.state, std::memory_order_release);
  if (options.log != nullptr) {
    const bool trouble = change.state == client_state::offline || change.state == client_state::closed;
    options.log->event(nanolib::log_component::net,
                       trouble && change.why.code != 0 ? nanolib::log_level::warn : nanolib::log_level::info,
                       name_of(change.state),
                       {{"client_id", client_id},
                        {"server", change.server},
                        {"why", error_text(change.why)},
                        {"detail", change.detail}});
  }
  if (!options.on_state || forsaken_.load(std::memory_order_relaxed)) return;
  run([this, change = std::move(change)] {
    if (!forsaken_.load(std::memory_order_relaxed)) options.on_state(change);
  });
}

void engine::set_server(server_capabilities said) noexcept {
  const nanolib::mutex_lock held(facts_mutex_);
  server_ = std::move(said);
}

server_capabilities engine::server() const {
  const nanolib::mutex_lock held(facts_mutex_);
  return server_;
}

void engine::set_last_words(std::string_view words) {
  const nanolib::mutex_lock held(facts_mutex_);
  last_words_ = words;
}

std::string engine::last_words() const {
  const nanolib::mutex_lock held(facts_mutex_);
  return last_words_;
}

client_statistics engine::figures() const noexcept {
  const auto [messages, bytes] = outgoing.size();
  return {.connections = counts.connections.get(),
          .failed_attempts = counts.failed_attempts.get(),
          .messages_sent = counts.messages_sent.get(),
          .messages_repeated = counts.messages_repeated.get(),
          .messages_acknowledged = counts.messages_acknowledged.get(),
          .messages_received = counts.messages_received.get(),
          .duplicates_suppressed = counts.duplicates_suppressed.get(),
          .messages_dropped = counts.messages_dropped.load(std::memory_order_relaxed),
          .messages_refused = counts.messages_refused.load(std::memory_order_relaxed),
          .reading_paused = counts.reading_paused.get(),
          .bytes_sent = counts.bytes_sent.get(),
          .bytes_received = counts.bytes_received.get(),
          .faults = counts.faults.load(std::memory_order_relaxed),
          .outgoing_messages = messages,
          .outgoing_bytes = bytes,
          .incoming_messages = gate.messages(),
          .incoming_bytes = gate.bytes()};
}

}  // namespace nanonng::sdk
