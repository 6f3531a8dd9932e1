#include "bridge/local_streaming_endpoint.hpp"

#include <new>
#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanomq::bridge {

using nanonng::net::sp_message;
using nanonng::net::sp_stream;

namespace {

/// Messages taken in one turn, so that one endpoint does not hold up its shard.
constexpr int most_in_a_turn = 256;

}  // namespace

nanolib::result<void> local_streaming_endpoint::open_channel() {
  nanonng::net::sp_stream_options how{.received_messages = options().max_queue_messages,
                                      .received_bytes = options().max_queue_bytes};
  if (const auto part = part_of_nng(options()); part.messages != 0) {
    how.sent_messages = part.messages;
    how.sent_bytes = part.bytes;
  }
  auto made = sp_stream::open(socket(), *this, how);
  if (!made) return std::unexpected(made.error());
  stream_ = *std::move(made);
  return {};
}

// ---------------------------------------------------------------------------------------------------- in

void local_streaming_endpoint::take_in() noexcept {
  for (int taken = 0; !congested_ && !is_stopping(); ++taken) {
    if (taken == most_in_a_turn) return port().wake();
    const sp_message next = stream_->take();
    if (!next) return;
    congested_ = publish(next.body()).congested;
  }
}

void local_streaming_endpoint::on_uncongested() noexcept {
  congested_ = false;
  take_in();
}

// ---------------------------------------------------------------------------------------------------- out

void local_streaming_endpoint::send(const broker::local_message& what) noexcept {
  bool goes = false;
  for (const auto& rule : rules().forwards()) {
    if (!nanolib::matches(rule.plain, what.what.topic)) continue;
    sp_message made = message_for(rule, what.what);
    if (!made) continue;
    try {
      waiting_.push_back({std::move(made), 0});
      given_.add();
      goes = true;
    } catch (const std::bad_alloc&) {
      continue;
    }
  }
  if (!goes) return port().settle(what.token, false);
  waiting_.back().token = what.token;
  send_out();
}

// What is settled may bring the next message, and that one comes here again: nothing is held over a call.
void local_streaming_endpoint::send_out() noexcept {
  while (!waiting_.empty() && stream_->has_room()) {
    outgoing next = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t number = stream_->send(std::move(next.message), next.token != 0);
    note_sent();
    if (next.token != 0) {
      try {
        awaited_.push_back({number, next.token});
      } catch (const std::bad_alloc&) {
        port().settle(next.token, true);
      }
    }
    settle(stream_->taken());
  }
}

void local_streaming_endpoint::settle(std::uint64_t up_to) noexcept {
  while (!awaited_.empty() && awaited_.front().number <= up_to) {
    const auto token = awaited_.front().token;
    awaited_.pop_front();
    port().settle(token, true);
  }
}

void local_streaming_endpoint::on_sp_taken(std::uint64_t up_to) noexcept {
  if (is_stopping()) note_sent();
  settle(up_to);
  send_out();
  port().on_room();
}

std::vector<broker::local_peer::figure> local_streaming_endpoint::figures() const {
  auto all = local_endpoint_base::figures();
  const auto counted = stream_->count();
  const auto gone = counted.taken + counted.failed;
  const auto given = given_.get();
  all.insert(all.end(), {{"sp/queued", given > gone ? given - gone : 0},
                         {"sp/received", counted.received},
                         {"sp/overrun", counted.overrun},
                         {"sp/taken", counted.taken},
                         {"sp/unheard", counted.unheard},
                         {"sp/failed", counted.failed}});
  return all;
}

}  // namespace nanomq::bridge
