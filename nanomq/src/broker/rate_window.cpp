#include "broker/rate_window.hpp"

#include <algorithm>

namespace nanomq::broker {

void rate_window::note(nanolib::instant now, const traffic_figures<std::uint64_t>& totals) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  // A little early is in time: whoever calls this does so by a timer of about this period.
  if (now - samples_[newest_].at < spacing * 9 / 10) return;
  newest_ = (newest_ + 1) % most;
  samples_[newest_] = {now, totals};
  count_ = std::min(count_ + 1, most);
}

traffic_figures<double> rate_window::rates(nanolib::instant now, const traffic_figures<std::uint64_t>& totals,
                                           nanolib::duration& over) const noexcept {
  sample since;
  {
    const nanolib::mutex_lock lock(mutex_);
    // The oldest of this minute; the newest of all when they are older, because the machine has slept.
    for (std::size_t back = count_; back-- > 0;) {
      since = samples_[(newest_ + most - back) % most];
      if (now - since.at <= width + spacing / 2) break;
    }
  }
  over = std::max(now - since.at, nanolib::duration(0));
  const double seconds = std::max(std::chrono::duration<double>(over).count(), 0.001);
  const auto rate = [&](std::uint64_t traffic_figures<std::uint64_t>::* which) {
    const auto after = totals.*which;
    const auto before = since.totals.*which;
    return after > before ? static_cast<double>(after - before) / seconds : 0.0;
  };
  using totals_of = traffic_figures<std::uint64_t>;
  return {.messages_received = rate(&totals_of::messages_received),
          .messages_sent = rate(&totals_of::messages_sent),
          .publish_received = rate(&totals_of::publish_received),
          .publish_sent = rate(&totals_of::publish_sent),
          .publish_dropped = rate(&totals_of::publish_dropped),
          .bytes_received = rate(&totals_of::bytes_received),
          .bytes_sent = rate(&totals_of::bytes_sent),
          .connections = rate(&totals_of::connections)};
}

}  // namespace nanomq::broker
