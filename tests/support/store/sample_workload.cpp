#include "store/sample_workload.hpp"

#include <string>

#include "store/store_contents.hpp"

namespace nanolib::testing {

namespace {

void add(store_batch& into, store_change change) { static_cast<void>(into.add(std::move(change))); }

}  // namespace

clock_reading workload_time() {
  return {instant(duration(1'000'000)), wall_time(std::chrono::sys_days{std::chrono::March / 1 / 2027})};
}

sample_workload::sample_workload(std::uint32_t seed, std::size_t largest_payload)
    : state_(seed * 0x9E3779B97F4A7C15U + 1), largest_payload_(largest_payload) {}

std::uint32_t sample_workload::below(std::uint32_t end) {
  state_ = state_ * 6364136223846793005U + 1442695040888963407U;
  return static_cast<std::uint32_t>((state_ >> 33U) % end);
}

std::string sample_workload::text(std::size_t longest) {
  std::string made(below(static_cast<std::uint32_t>(longest) + 1), '\0');
  for (char& one : made) one = static_cast<char>('a' + below(26));
  return made;
}

store_batch sample_workload::next() {
  store_batch made;
  if (sessions_.size() < 3) begin_session(made);
  for (std::uint32_t left = 1 + below(8); left > 0; --left) {
    const std::uint32_t which = below(100);
    if (which < 40) {
      publish(made);
    } else if (which < 65) {
      drain(made);
    } else if (which < 75) {
      release(made);
    } else if (which < 85) {
      retain(made);
    } else if (which < 94) {
      subscribe(made);
    } else if (which < 97) {
      begin_session(made);
    } else if (sessions_.size() > 3) {
      end_session(made);
    }
  }
  return made;
}

void sample_workload::begin_session(store_batch& into) {
  sessions_.push_back({next_session_++, 1, {}, {}});
  const session_key key = sessions_.back().key;
  add(into, put_session{key, "client " + std::to_string(key), text(10), below(1000), below(2) == 0, never});
  if (below(2) == 0) {
    add(into, put_will{key, make_message({.topic = "will", .payload = text(100)}), below(100), 0, false, never});
  }
}

void sample_workload::end_session(store_batch& into) {
  const std::uint32_t which = below(static_cast<std::uint32_t>(sessions_.size()));
  add(into, remove_session{sessions_[which].key});
  sessions_.erase(sessions_.begin() + which);
}

void sample_workload::publish(store_batch& into) {
  const message_key key = next_message_++;
  const message_ptr what = make_message({.topic = "topic/" + text(20),
                                         .payload = text(largest_payload_),
                                         .properties = text(30),
                                         .qos = quality_of_service::exactly_once,
                                         .expiry = below(3) == 0 ? workload_time().now + duration(3'600'000) : never});
  bool put = false;
  for (session& one : sessions_) {
    if (put && below(2) == 0) continue;
    put = true;
    queue_row_ptr row = make_row(one.key, one.next, key, what);
    static_cast<void>(row->try_take());
    add(into, put_row{std::move(row)});
    one.queue.push_back(one.next++);
  }
  session& publisher = sessions_[below(static_cast<std::uint32_t>(sessions_.size()))];
  publisher.unreleased.push_back(static_cast<std::uint16_t>(1 + below(65'535)));
  add(into, put_unreleased{publisher.key, publisher.unreleased.back()});
}

void sample_workload::drain(store_batch& into) {
  session& from = sessions_[below(static_cast<std::uint32_t>(sessions_.size()))];
  for (std::uint32_t left = below(6); left > 0 && !from.queue.empty(); --left) {
    const std::uint32_t which = below(static_cast<std::uint32_t>(from.queue.size()));
    if (below(3) == 0) {
      add(into, update_row{from.key, from.queue[which], 0, row_stage::released});
    } else {
      add(into, remove_row{from.key, from.queue[which], {}});
      from.queue.erase(from.queue.begin() + which);
    }
  }
}

void sample_workload::release(store_batch& into) {
  session& from = sessions_[below(static_cast<std::uint32_t>(sessions_.size()))];
  if (from.unreleased.empty()) return;
  add(into, remove_unreleased{from.key, from.unreleased.back()});
  from.unreleased.pop_back();
}

void sample_workload::retain(store_batch& into) {
  const std::string topic = "retained/" + std::to_string(below(20));
  const bool removed = below(4) == 0;
  add(into, change_retained{make_message({.topic = topic, .payload = text(200), .retain = true}), removed});
}

void sample_workload::subscribe(store_batch& into) {
  const session& of = sessions_[below(static_cast<std::uint32_t>(sessions_.size()))];
  const std::string filter = "filter/" + std::to_string(below(10));
  if (below(3) == 0) {
    add(into, remove_subscription{of.key, filter});
  } else {
    add(into, put_subscription{of.key, filter, {.qos = quality_of_service::at_least_once, .identifier = below(100)}});
  }
}

}  // namespace nanolib::testing
