#include "broker/store_restart.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unordered_set>
#include <vector>

#include "broker/shard.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::broker {

namespace {

class restorer final : public nanolib::store_visitor {
 public:
  explicit restorer(commons& into) : into_(into) {}

  void on_session(const nanolib::stored_session& one) override {
    if (one.client_id.empty()) {
      estates_.insert(one.key);
      return;
    }
    const std::uint32_t home = home_shard(nanolib::hash_text(one.client_id), into_.shards.size());
    session* made = into_.shards[home]->restore(one);
    if (made == nullptr) {
      ++left_out_;
      return;
    }
    sessions_.push_back({one.key, made, one.ends, one.connected, {}});
  }

  void on_subscription(nanolib::session_key key, std::string_view text,
                       const nanolib::subscription_options& options) override {
    const entry* found = find(key);
    if (found == nullptr) return;
    session& of = *found->made;
    // It was within the limits when it was acknowledged, and that holds.
    const auto filter = nanolib::parse_topic_filter(text);
    if (!filter) {
      ++left_out_;
      return;
    }
    const auto made = into_.tree.subscribe(*filter, of.number, options);
    if (made.place == nullptr) throw std::bad_alloc();
    if (made.existed) return;
    if (of.subscriptions.insert(made.place) == decltype(of.subscriptions)::inserted::no_memory) throw std::bad_alloc();
    of.subscription_bytes += static_cast<std::uint32_t>(text.size());
    if (filter->is_shared()) ++of.shared_subscriptions;
  }

  void on_unreleased(nanolib::session_key key, std::uint16_t packet_identifier) override {
    const entry* found = find(key);
    if (found == nullptr) return;
    if (found->made->unreleased.insert(packet_identifier) == nanolib::identifier_set::inserted::no_memory) {
      throw std::bad_alloc();
    }
  }

  void on_will(nanolib::session_key key, const nanolib::stored_will& one) override {
    if (entry* found = find(key)) found->last_will = std::make_unique<nanolib::stored_will>(one);
  }

  void on_queue(nanolib::session_key key, const nanolib::queue_extent& extent) override {
    if (estates_.contains(key)) {
      into_.durable->usage.add(extent.rows, extent.bytes);
      shard& home = *into_.shards[key % into_.shards.size()];
      home.add_estate(key, {extent.first, extent.last + 1}, extent.rows, extent.bytes);
      return;
    }
    const entry* found = find(key);
    if (found == nullptr) return;
    found->made->at.restore_queue(*found->made, extent);
    messages_ += extent.rows;
  }

  // They come back with the rest of the queue, before the client is answered. The bodies of released ones count no more.
  void on_exceptional_row(nanolib::session_key key, const nanolib::stored_row& row) override {
    if (row.stage != nanolib::row_stage::released || estates_.contains(key)) return;
    const entry* found = find(key);
    if (found == nullptr || !found->made->resting) return;
    std::uint64_t& bytes = found->made->resting->bytes;
    const std::uint64_t gone = std::min(bytes, row.bytes);
    bytes -= gone;
    into_.durable->usage.remove(0, gone);
  }

  void on_retained(const nanolib::message_ptr& one) override {
    if (into_.retained.store(nanolib::publication(one)) == nanolib::retained_store::stored::full) ++left_out_;
  }

  void finish(const nanolib::load_report& report) {
    for (entry& one : sessions_) {
      one.made->at.restore_absence(*one.made, one.was_connected, one.ends, one.last_will.get());
    }
    for (const auto& one : into_.shards) one->read_estates();
    into_.durable->next_session = report.next_session;
    into_.durable->next_message = report.next_message;
    into_.log.event(nanolib::log_component::store, nanolib::log_level::info, "store_loaded",
                    {{"sessions", sessions_.size()},
                     {"subscriptions", into_.tree.size()},
                     {"queued", messages_},
                     {"retained", into_.retained.messages()},
                     {"expired", report.expired}});
    if (report.damaged == 0 && left_out_ == 0) return;
    into_.log.event(nanolib::log_component::store, nanolib::log_level::error, "store_incomplete",
                    {{"damaged", report.damaged}, {"over_limits", left_out_}});
  }

 private:
  struct entry {
    nanolib::session_key key;
    session* made;
    nanolib::instant ends;
    bool was_connected;
    std::unique_ptr<nanolib::stored_will> last_will;
  };

  /// Null: it was left out.
  [[nodiscard]] entry* find(nanolib::session_key key) noexcept {
    const auto found = std::ranges::lower_bound(sessions_, key, {}, &entry::key);
    return found == sessions_.end() || found->key != key ? nullptr : &*found;
  }

  commons& into_;
  std::vector<entry> sessions_;                       ///< in the order of their keys, as they come
  std::unordered_set<nanolib::session_key> estates_;  ///< of sessions that have ended
  std::uint64_t messages_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace

nanolib::result<void> restore_from(nanolib::store& from, commons& into) {
  try {
    restorer visitor(into);
    const auto report = from.load(nanolib::read(into.clock), visitor);
    if (!report) return std::unexpected(report.error());
    visitor.finish(*report);
    return {};
  } catch (const std::bad_alloc&) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
}

}  // namespace nanomq::broker
