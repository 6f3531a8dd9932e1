// What the shards share when the broker has a store.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "broker/durable_writer.hpp"
#include "nanolib/cache/store_usage.hpp"
#include "nanomq/broker/durability.hpp"

namespace nanomq::broker {

/// Thread: thread-safe, once the broker has started.
struct durable_state {
  durable_state(std::unique_ptr<nanolib::store> over, std::size_t shards, const durability_options& chosen,
                durable_writer::surroundings around)
      : options(chosen), usage({chosen.max_messages, chosen.max_bytes}), writer(std::move(over), shards, {}, around) {}

  /// Whether a new QoS 1 or 2 message can be kept that makes so many rows, of this many bytes each; if not its publisher
  /// is refused.
  [[nodiscard]] bool accepts(std::uint64_t rows, std::uint64_t bytes) const noexcept {
    const std::uint64_t least = rows == 0 ? 1 : rows;
    return writer.state() == store_state::working && usage.messages() + least <= options.max_messages &&
           usage.bytes() + std::max<std::uint64_t>(1, rows * bytes) <= options.max_bytes;
  }

  /// So many rows wait for the writer that whoever waits for some of them is not to bring more.
  [[nodiscard]] bool is_crowded() const noexcept {
    const std::uint64_t done = writer.counts().rows.get();
    return rows_put.load(std::memory_order_relaxed) > done + options.max_pending_rows;
  }

  durability_options options;
  nanolib::store_usage usage;
  std::atomic<nanolib::session_key> next_session{1};
  std::atomic<nanolib::message_key> next_message{1};
  std::atomic<std::uint64_t> rows_put{0};
  std::atomic<std::uint64_t> units_under_way{0};  ///< begun and not handed to the writer
  durable_writer writer;
};

}  // namespace nanomq::broker
