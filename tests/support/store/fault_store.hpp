// A store in memory that fails where it is told to, for tests of what stands above it. Thread: as store; its knobs may be
// turned by another thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "nanolib/cache/memory_store.hpp"

namespace nanolib::testing {

/// What commits are to end with.
enum class commit_fault : std::uint8_t {
  none,
  no_space,
  failed,  ///< as when a sync failed: from here on for good
};

class fault_store final : public store {
 public:
  explicit fault_store(std::unique_ptr<store> over = open_memory_store()) : over_(std::move(over)) {}

  /// All commits from now on.
  void fail(commit_fault how) noexcept { how_.store(how); }
  /// Only commit number `number`, counted from 0.
  void fail_at(std::uint64_t number, commit_fault how) noexcept {
    fails_at_.store(number);
    how_there_.store(how);
  }
  /// There is no space for commits of more changes than this.
  std::atomic<std::size_t> room{SIZE_MAX};
  /// Called at the beginning of each commit, on the thread that commits: to hold it up.
  std::function<void()> before_commit;

  [[nodiscard]] std::uint64_t attempts() const noexcept { return attempts_.load(); }
  /// What is below, for a look at it. Only while nobody commits.
  [[nodiscard]] store& inner() noexcept { return *over_; }

  result<void> commit(const store_batch& changes, const clock_reading& at) noexcept override {
    if (before_commit) before_commit();
    const std::uint64_t number = attempts_.fetch_add(1);
    const commit_fault how = number == fails_at_.load() ? how_there_.load() : how_.load();
    if (how == commit_fault::failed) failed_.store(true);
    if (failed_.load()) return std::unexpected(make_error(store_error::failed));
    if (how == commit_fault::no_space || changes.changes().size() > room.load()) {
      return std::unexpected(make_error(store_error::no_space));
    }
    return over_->commit(changes, at);
  }
  result<bool> tidy() noexcept override { return over_->tidy(); }
  result<load_report> load(const clock_reading& at, store_visitor& into) override { return over_->load(at, into); }
  result<queue_window> read_queue(session_key session, queue_sequence from, queue_sequence before,
                                  const window_limits& limits, const clock_reading& at) noexcept override {
    return over_->read_queue(session, from, before, limits, at);
  }
  result<store_info> info() noexcept override { return over_->info(); }
  result<std::vector<std::string>> check() noexcept override { return over_->check(); }
  result<void> compact() noexcept override { return over_->compact(); }
  store_counts counts() const noexcept override { return over_->counts(); }
  std::string complaint() const override { return failed_.load() ? "made to fail" : ""; }

 private:
  std::unique_ptr<store> over_;
  std::atomic<commit_fault> how_{commit_fault::none};
  std::atomic<commit_fault> how_there_{commit_fault::none};
  std::atomic<std::uint64_t> fails_at_{UINT64_MAX};
  std::atomic<std::uint64_t> attempts_{0};
  std::atomic<bool> failed_{false};
};

}  // namespace nanolib::testing
