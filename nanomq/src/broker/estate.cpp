#include "broker/estate.hpp"

#include <algorithm>

#include "broker/shard.hpp"

namespace nanomq::broker {

void estate::read() noexcept { at_.read_estate(key_, range_); }

bool estate::on_window(nanolib::queue_window& window) noexcept {
  for (nanolib::stored_row& row : window.rows) {
    if (row.share.empty() || row.stage != nanolib::row_stage::owed || row.what.what->expiry() <= at_.now()) continue;
    const nanolib::shared_group_ptr group = at_.find_group(row.share);
    if (!group) continue;
    nanolib::publication what(row.what.what);
    what.qos = row.what.qos;
    if (!at_.deliver_shared(what, group)) continue;
    at_.keeps()->pass_on(key_, row.sequence, {}, row.bytes);
    --rows_;
    bytes_ -= std::min(bytes_, row.bytes);
  }
  range_.from = window.next;
  return window.next != 0;
}

void estate::finish() noexcept {
  at_.shared().durable->usage.remove(rows_, bytes_);
  at_.keeps()->record(nanolib::remove_session{key_});
}

}  // namespace nanomq::broker
