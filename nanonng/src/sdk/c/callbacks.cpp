// Calls from the C++ client into C.
#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "client_entry.hpp"
#include "message_pass.hpp"
#include "nanonng/sdk/nng_aio.hpp"

namespace nanonng::sdk::c {
namespace {

using book_ptr = std::shared_ptr<callback_book>;

struct message_freer {
  void operator()(nng_msg* msg) const noexcept { nng_msg_free(msg); }
};
using owned_message = std::unique_ptr<nng_msg, message_freer>;

/// Lets the start end first, so that the callback finds a client that is started.
void wait_for_start(callback_book& book) noexcept { const nanolib::mutex_lock started(book.starting); }

nng_duration to_duration(duration from) noexcept {
  const auto most = static_cast<duration::rep>(std::numeric_limits<nng_duration>::max());
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(from).count();
  return static_cast<nng_duration>(std::clamp<std::int64_t>(ms, 0, most));
}

void on_state(callback_book& book, const state_change& change) noexcept {
  const bool connected = change.state == client_state::online;
  if (change.state == client_state::connecting) return;
  const bool was_connected = std::exchange(book.was_connected, connected);
  const nmqtt_event_cb cb = connected ? book.on_connect : book.on_disconnect;
  void* const arg = connected ? book.on_connect_arg : book.on_disconnect_arg;
  if (cb == nullptr) return;
  wait_for_start(book);
  const bool nothing_wrong = change.why.code == 0;
  nmqtt_event event{};
  event.error = nothing_wrong ? 0 : nng_error_of(change.why);
  event.reason = static_cast<std::uint8_t>(reason_of(change.why));
  event.text = change.detail.c_str();
  event.server = change.server.c_str();
  event.session_present = change.session_present;
  event.was_connected = was_connected;
  event.final = change.state == client_state::closed;
  event.attempt = change.attempt;
  event.retry_in = to_duration(change.retry_in);
  cb(book.client, &event, arg);
}

/// Asks the program for the answer to a challenge; null for the first data.
nanolib::result<std::string> ask(callback_book& book, const std::string_view* challenge) {
  wait_for_start(book);
  nng_msg* raw = nullptr;
  if (const int rv = nng_msg_alloc(&raw, 0); rv != 0) return std::unexpected(errors::no_memory);
  const owned_message answer(raw);
  const void* const data = challenge == nullptr ? nullptr : challenge->data();
  const int rv =
      book.on_auth(book.client, data, challenge == nullptr ? 0 : challenge->size(), answer.get(), book.on_auth_arg);
  if (rv != 0) return std::unexpected(nanolib::error{nanolib::error_domain::nng, rv});
  return std::string(static_cast<const char*>(nng_msg_body(answer.get())), nng_msg_len(answer.get()));
}

/// Shows the program the server's last word. On the I/O thread, which waits for nobody: the start may not be over.
nanolib::result<void> finish(callback_book& book, std::string_view last) {
  const int rv =
      book.on_auth_finish(book.client, last.empty() ? nullptr : last.data(), last.size(), book.on_auth_finish_arg);
  if (rv != 0) return std::unexpected(nanolib::error{nanolib::error_domain::nng, rv});
  return {};
}

}  // namespace

nng_msg* hand_out(callback_book& book, const message& what) noexcept {
  std::uint64_t receipt = 0;
  if (book.manual_ack && guarded([&] {
                           receipt = book.open_receipts.add(what);
                           return 0;
                         }) != 0) {
    return nullptr;
  }
  return make_message(what, receipt);
}

message_handler handler_for(const book_ptr& book, const nmqtt_topic& topic) {
  if (topic.cb == nullptr) return {};
  return [book, cb = topic.cb, arg = topic.arg](const message& what) {
    if (book->is_over.load(std::memory_order_relaxed)) return;
    wait_for_start(*book);
    // The want of memory is reported like what any handler throws.
    nng_msg* const msg = hand_out(*book, what);
    if (msg == nullptr) throw std::bad_alloc();
    cb(book->client, msg, arg);
  };
}

void set_callbacks(client_options& options, const book_ptr& book) {
  options.on_state = [book](const state_change& change) { on_state(*book, change); };
  if (book->on_auth == nullptr) return;
  options.authenticator.first_data = [book] { return ask(*book, nullptr).value_or(std::string()); };
  options.authenticator.answer = [book](std::string_view challenge) { return ask(*book, &challenge); };
  if (book->on_auth_finish == nullptr) return;
  options.authenticator.finish = [book](std::string_view last) { return finish(*book, last); };
}

}  // namespace nanonng::sdk::c
