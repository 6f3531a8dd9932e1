#include "nanolib/cache/stored_queue.hpp"

#include <algorithm>

namespace nanolib {

void stored_queue::restore(const resting_queue& rested) noexcept {
  disk_from_ = rested.first;
  disk_rows_ = rested.rows;
  disk_bytes_ = rested.bytes;
  sent_before_ = rested.first + rested.sent;
  sent_is_known_ = rested.sent_is_known;
  head_ = rested.sent > 0;
}

rest_state stored_queue::try_rest(resting_queue& rested) const noexcept {
  if (reading_ || !unsettled_.empty()) return rest_state::later;
  queue_sequence first = disk_from_;
  if (disk_rows_ == 0) first = next_sequence_;
  for (std::size_t index = front_.size(); index > 0; --index) {
    const stored_message& one = front_[index - 1];
    if (!one.kept || (one.row && one.row->is_refused())) return rest_state::not_kept;
    if (one.row && !one.row->is_durable()) return rest_state::later;
    first = one.sequence;
  }
  rested.bytes += bytes();
  rested.rows += static_cast<std::uint32_t>(std::min<std::uint64_t>(messages(), UINT32_MAX - rested.rows));
  if (rested.first == 0) rested.first = first;
  const queue_sequence sent = std::max(sent_before_, rested.first + rested.sent);
  rested.sent_is_known = sent_is_known_ || sent_before_ <= rested.first + rested.sent;
  rested.sent = static_cast<std::uint16_t>(std::min<queue_sequence>(sent - rested.first, UINT16_MAX));
  return rest_state::possible;
}

stored_message stored_queue::make(delivery&& what, message_key body) noexcept {
  stored_message made;
  made.sequence = next_sequence_++;
  queue_row_content content;
  content.session = session_;
  content.sequence = made.sequence;
  content.message = body;
  content.what = what;
  made.row = journal_.put(std::move(content));
  made.kept = static_cast<bool>(made.row);
  made.what = std::move(what);
  return made;
}

bool stored_queue::may_be_in_front(std::uint64_t size) const noexcept {
  return connected_ && disk_rows_ == 0 && unsettled_.empty() && front_.size() < front_messages &&
         front_bytes_ + size <= front_bytes;
}

bool stored_queue::push(stored_message&& what) noexcept {
  const std::uint64_t size = size_of(what);
  if (may_be_in_front(size)) {
    if (front_.push_back(std::move(what))) {
      front_bytes_ += size;
      return true;
    }
  } else if (what.kept && unsettled_.push_back(std::move(what))) {
    unsettled_bytes_ += size;
    return true;
  }
  finish(what, size);  // NOLINT(bugprone-use-after-move): a push that fails moves nothing
  return false;
}

void stored_queue::finish(stored_message& what, std::uint64_t bytes) noexcept {
  if (what.kept) journal_.remove(session_, what.sequence, what.row, bytes);
  what.kept = false;
}

void stored_queue::pop() noexcept {
  front_bytes_ -= size_of(front_.front());
  front_.pop_front();
}

void stored_queue::drop_first() noexcept {
  finish(front_.front(), size_of(front_.front()));
  pop();
}

stored_message* stored_queue::front(instant now, expiry_watch* watch) noexcept {
  for (;;) {
    if (front_.empty()) {
      static_cast<void>(settle());
      if (front_.empty()) return nullptr;
    }
    stored_message& first = front_.front();
    if (first.row && first.row->is_refused()) {  // its publisher knows
      drop_first();
    } else if (first.stage == row_stage::owed && first.what.what->expiry() <= now) {  // [MQTT-3.3.2-5]
      ++expired_;
      if (watch != nullptr) watch->on_expired(first.what.what);
      drop_first();
    } else if (first.row && first.what.qos == quality_of_service::exactly_once && !first.row->is_durable()) {
      // An identifier that the receiver has seen and we would not remember could bring it the message twice.
      return nullptr;
    } else {
      return &first;
    }
  }
}

bool stored_queue::awaits() const noexcept {
  if (!unsettled_.empty()) return true;
  if (front_.empty()) return false;
  const stored_message& first = front_[0];
  return first.row && first.what.qos == quality_of_service::exactly_once && !first.row->is_durable() &&
         !first.row->is_refused();
}

bool stored_queue::settle() noexcept {
  while (!unsettled_.empty()) {
    stored_message& first = unsettled_.front();
    const std::uint64_t size = size_of(first);
    const bool next_in_line = connected_ && disk_rows_ == 0 && !reading_ && front_.size() < front_messages &&
                              front_bytes_ + size <= front_bytes;
    if (first.row->is_refused()) {
      finish(first, size);
    } else if (next_in_line && front_.push_back(std::move(first))) {
      front_bytes_ += size;
    } else if (first.row->is_durable()) {
      if (disk_rows_ == 0 && !reading_) disk_from_ = first.sequence;
      ++disk_rows_;
      disk_bytes_ += size;
    } else {
      break;
    }
    unsettled_bytes_ -= size;
    unsettled_.pop_front();
  }
  return awaits();
}

std::optional<queue_range> stored_queue::begin_read() noexcept {
  if (reading_ || disk_rows_ == 0) return std::nullopt;
  reading_ = true;
  asked_rows_ = disk_rows_;
  asked_bytes_ = disk_bytes_;
  return queue_range{disk_from_, unsettled_.empty() ? next_sequence_ : unsettled_.front().sequence};
}

bool stored_queue::finish_read(queue_window& window, const group_finder& find) noexcept {
  reading_ = false;
  const bool is_head = std::exchange(head_, false);
  std::uint64_t read_bytes = 0;
  std::size_t read_rows = 0;
  bool short_of_memory = false;
  for (stored_row& one : window.rows) {
    stored_message back;
    back.sequence = one.sequence;
    back.stage = one.stage;
    back.kept = true;
    back.again = one.sequence < sent_before_;
    back.what = std::move(one.what);
    if (back.stage == row_stage::released) {
      // Its body is of no use any more, and is not counted since then.
      back.what.what = {};
      one.bytes = 0;
    }
    if (!one.share.empty()) back.what.group = find(one.share);
    const std::uint64_t size = size_of(back);
    if (!front_.push_back(std::move(back))) {
      disk_from_ = one.sequence;
      short_of_memory = true;
      break;
    }
    front_bytes_ += size;
    read_bytes += one.bytes;
    ++read_rows;
  }
  if (short_of_memory || window.next != 0) {
    if (!short_of_memory) disk_from_ = window.next;
    disk_rows_ -= std::min<std::uint64_t>(disk_rows_, read_rows);
    disk_bytes_ -= std::min(disk_bytes_, read_bytes);
    return is_head;
  }
  // All that was there when it was asked for; what is not among it cannot be read.
  lost_ += asked_rows_ - std::min<std::uint64_t>(asked_rows_, read_rows);
  disk_rows_ -= asked_rows_;
  disk_bytes_ -= asked_bytes_;
  if (!window.rows.empty()) disk_from_ = window.rows.back().sequence + 1;
  return is_head;
}

std::pair<std::uint64_t, std::uint64_t> stored_queue::forget() noexcept {
  std::uint64_t rows = disk_rows_;
  std::uint64_t size = disk_bytes_;
  for (ring<stored_message>* part : {&front_, &unsettled_}) {
    for (std::size_t index = 0; index < part->size(); ++index) {
      const stored_message& one = (*part)[index];
      if (!one.kept) continue;
      if (one.row) static_cast<void>(one.row->try_cancel());
      ++rows;
      size += size_of(one);
    }
    part->clear();
  }
  front_bytes_ = unsettled_bytes_ = disk_rows_ = disk_bytes_ = 0;
  return {rows, size};
}

void stored_queue::take_out(const std::function<bool(stored_message&)>& leaves) {
  const auto sift = [&](ring<stored_message>& from, std::uint64_t& total) {
    for (std::size_t left = from.size(); left > 0; --left) {
      stored_message one = std::move(from.front());
      from.pop_front();
      const std::uint64_t size = size_of(one);
      if (leaves(one)) {
        total -= size;
      } else {
        static_cast<void>(from.push_back(std::move(one)));  // room was just made
      }
    }
  };
  sift(front_, front_bytes_);
  sift(unsettled_, unsettled_bytes_);
}

}  // namespace nanolib
