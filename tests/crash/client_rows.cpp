#include "client_rows.hpp"

#include <algorithm>

#include "measured_load.hpp"

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t at_a_time = 100;

}  // namespace

std::string row_client(std::uint32_t number) { return "row-" + std::to_string(number); }
std::string row_topic(std::uint32_t number) { return "q/" + std::to_string(number); }
std::string retained_topic(std::uint32_t number) {
  return "r/" + std::to_string(number % 1'000) + '/' + std::to_string(number);
}

bool client_rows::enter(client_loop& loop, std::size_t place, std::uint32_t number) {
  session_settings made;
  made.client_id = row_client(number);
  made.index = place;
  if (task_ == task::looking) made.expiry_s = 0;
  visitors_[place] = {.client = std::make_unique<session>(made, *this), .number = number};
  return loop.open(*visitors_[place].client, task_ == task::looking);
}

std::uint32_t client_rows::subscribe(client_loop& loop, std::uint32_t count, clock::time_point until) {
  task_ = task::subscribing;
  visitors_.clear();
  visitors_.resize(std::min<std::size_t>(at_a_time, count));
  std::uint32_t next = 0;
  right_ = 0;
  for (std::size_t place = 0; place < visitors_.size(); ++place) {
    if (!enter(loop, place, next++)) return 0;
  }
  while (right_ < count && clock::now() < until) {
    loop.turn(5ms);
    for (visitor& each : visitors_) {
      if (client_loop::is_open(*each.client) || next >= count) continue;
      if (!enter(loop, each.client->settings().index, next++)) return right_;
    }
    for (const std::size_t place : done_) loop.finish(*visitors_[place].client);
    done_.clear();
  }
  while (loop.connections() != 0 && clock::now() < until) {
    for (const std::size_t place : done_) loop.finish(*visitors_[place].client);
    done_.clear();
    loop.turn(5ms);
  }
  loop.cut_all();
  return right_;
}

std::uint32_t client_rows::fetch(client_loop& loop, const std::vector<std::uint32_t>& numbers, std::uint32_t each,
                                 std::chrono::milliseconds patience) {
  task_ = task::fetching;
  each_ = each;
  std::uint32_t right = 0;
  for (std::size_t from = 0; from < numbers.size(); from += at_a_time) {
    const std::size_t count = std::min(at_a_time, numbers.size() - from);
    visitors_.clear();
    visitors_.resize(count);
    for (std::size_t place = 0; place < count; ++place) {
      if (!enter(loop, place, numbers[from + place])) return right;
    }
    const auto complete = [&](const visitor& who) { return who.present && who.seen.size() == each; };
    const auto began = clock::now();
    while (!std::ranges::all_of(visitors_, complete) && clock::now() - std::max(began, loop.last_input()) < patience) {
      loop.turn(5ms);
    }
    right += static_cast<std::uint32_t>(std::ranges::count_if(visitors_, complete));
    loop.cut_all();
  }
  return right;
}

std::uint32_t client_rows::look(client_loop& loop, const std::vector<std::uint32_t>& numbers,
                                std::chrono::milliseconds patience) {
  task_ = task::looking;
  wanted_retained_ = numbers;
  found_.clear();
  visitors_.clear();
  visitors_.resize(1);
  if (!enter(loop, 0, 0)) return 0;
  const auto began = clock::now();
  while (found_.size() < numbers.size() && clock::now() - std::max(began, loop.last_input()) < patience) loop.turn(5ms);
  loop.cut_all();
  return static_cast<std::uint32_t>(found_.size());
}

void client_rows::on_connected(session& which, bool session_present) {
  visitor& who = visitor_of(which);
  who.present = session_present;
  if (task_ == task::subscribing) static_cast<void>(which.subscribe(row_topic(who.number), {.qos = 1}));
  if (task_ != task::looking) return;
  for (const std::uint32_t number : wanted_retained_)
    static_cast<void>(which.subscribe(retained_topic(number), {.qos = 1}));
}

void client_rows::on_message(session& which, const arrival& message) {
  visitor& who = visitor_of(which);
  const auto what = read_plain_payload(message.payload);
  if (!what) return;
  if (task_ == task::looking && message.topic == retained_topic(what->sequence)) found_.emplace(message.topic);
  if (task_ == task::fetching && message.topic == row_topic(who.number)) who.seen.insert(what->sequence);
}

void client_rows::on_request_done(session& which, std::uint16_t /*request*/, mqtt::reason_code result) {
  if (task_ != task::subscribing || is_error(result)) return;
  ++right_;
  done_.push_back(which.settings().index);
}

}  // namespace nanomq::crash
