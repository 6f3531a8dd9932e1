// A broker on a store that the test holds in its hand: it can hold commits up, make them fail, and let the process end at
// any moment, the store staying as it was.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "integration/broker/broker_fixture.hpp"
#include "store/fault_store.hpp"

namespace nanomq::broker::testing {

using nanolib::testing::commit_fault;
using support::octets;
using support::received_packet;
using namespace support;  // the kinds of packets

/// What several brokers, one after the other, have for their disk. Thread: any.
class disk {
 public:
  /// Commits wait until pass().
  void hold() { set(true); }
  void pass() { set(false); }
  /// The next broker's commits end like this.
  std::atomic<commit_fault> fault{commit_fault::none};

  /// For a broker.
  [[nodiscard]] std::unique_ptr<nanolib::store> open() { return std::make_unique<view>(*this); }
  /// The power goes: whatever is being written or comes later does not arrive.
  void cut() {
    generation_.fetch_add(1);
    pass();
  }
  [[nodiscard]] nanolib::store& contents() { return *below_; }
  [[nodiscard]] std::uint64_t commits() const { return commits_.load(); }
  /// How many changes the largest commit had.
  [[nodiscard]] std::size_t largest() const { return largest_.load(); }
  /// Somebody waits in a commit.
  void await_commit() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(100), [this] { return waiting_ > 0; });
    if (waiting_ == 0) throw support::expectation_failed("nothing was to be committed");
  }

 private:
  class view final : public nanolib::store {
   public:
    explicit view(disk& on) : on_(on), generation_(on.generation_.load()) {}
    nanolib::result<void> commit(const nanolib::store_batch& changes,
                                 const nanolib::clock_reading& at) noexcept override {
      on_.wait_for_pass();
      if (on_.generation_.load() != generation_ || on_.fault.load() == commit_fault::failed) {
        return std::unexpected(nanolib::make_error(nanolib::store_error::failed));
      }
      if (on_.fault.load() == commit_fault::no_space) {
        return std::unexpected(nanolib::make_error(nanolib::store_error::no_space));
      }
      ++on_.commits_;
      on_.largest_ = std::max(on_.largest_.load(), changes.changes().size());
      return on_.below_->commit(changes, at);
    }
    nanolib::result<bool> tidy() noexcept override { return false; }
    nanolib::result<nanolib::load_report> load(const nanolib::clock_reading& at,
                                               nanolib::store_visitor& into) override {
      return on_.below_->load(at, into);
    }
    nanolib::result<nanolib::queue_window> read_queue(nanolib::session_key session, nanolib::queue_sequence from,
                                                      nanolib::queue_sequence before,
                                                      const nanolib::window_limits& limits,
                                                      const nanolib::clock_reading& at) noexcept override {
      return on_.below_->read_queue(session, from, before, limits, at);
    }
    nanolib::result<nanolib::store_info> info() noexcept override { return on_.below_->info(); }
    nanolib::result<std::vector<std::string>> check() noexcept override { return on_.below_->check(); }
    nanolib::result<void> compact() noexcept override { return {}; }
    nanolib::store_counts counts() const noexcept override { return on_.below_->counts(); }
    std::string complaint() const override { return {}; }

   private:
    disk& on_;
    std::uint64_t generation_;
  };

  void set(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void wait_for_pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    --waiting_;
  }

  std::unique_ptr<nanolib::store> below_ = nanolib::open_memory_store();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int waiting_ = 0;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::size_t> largest_{0};
};

/// A broker on a disk.
class durable : public ::testing::Test {
 protected:
  ~durable() override { drive.pass(); }

  void start() {
    broker_options options = options_with(shards);
    options.limits.receive_maximum = 100;
    adjust(options);
    std::string why;
    auto opened = broker::open(std::move(options), why, drive.open());
    if (!opened) throw support::expectation_failed(why);
    broker_ = std::move(*opened);
    if (!broker_->start()) throw support::expectation_failed("the broker does not start");
    const auto listening = broker_->listeners().front().where;
    where_ = {listening.host, listening.port};
  }
  /// kill -9, and a new start.
  void crash() {
    drive.cut();
    broker_.reset();
    start();
  }
  /// SIGTERM, and a new start.
  void restart() {
    broker_.reset();
    start();
  }
  void SetUp() override { start(); }

  [[nodiscard]] raw_client dial(version v = version::v5) const { return {where_, v}; }
  /// A client whose session stays; `present` is what it is to be told.
  raw_client stay(const std::string& id, bool present = false, version v = version::v5,
                  std::source_location line = std::source_location::current()) const {
    raw_client client = dial(v);
    connect_packet packet{.client_id = id, .clean_start = false};
    if (v == version::v5) packet.props.u32(property::session_expiry_interval, 3'600);
    const received_packet answer = client.connect(packet, line);
    EXPECT_EQ(answer.session_present, present) << id << " line " << line.line();
    return client;
  }
  raw_client come(const std::string& id, version v = version::v5) const {
    raw_client client = dial(v);
    client.connect({.client_id = id});
    return client;
  }

  disk drive;
  std::uint32_t shards = 2;
  std::function<void(broker_options&)> adjust = [](broker_options&) {};

 private:
  std::unique_ptr<broker> broker_;
  support::address where_;
};

}  // namespace nanomq::broker::testing
