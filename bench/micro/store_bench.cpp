// What the store on disk costs: messages of 22 bytes of topic and 256 of payload, so many per commit.
//
//   queue      one away session, its queue grows
//   forward    likewise, and the client fetches: each commit also removes what the one before it put
//   fan_out    ten sessions queue every message: one body, ten rows
//   plain_log  the same bytes appended to a file and synced, by itself: what the disk alone costs
//   load       what a restart reads: rows counted, bodies left where they are
//   window     a queue read back, 256 rows at a time
//
// The store is made below NANOMQ_BENCH_DIRECTORY (build/, that is the present directory, when it is not set): what a sync
// costs is the disk's. `written` is what the kernel counts for the process, per message.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "nanolib/base/hash.hpp"
#include "nanolib/cache/sqlite_store.hpp"

namespace nanolib {
namespace {

constexpr std::size_t payload_bytes = 256;

std::uint64_t written_by_process() {
  std::uint64_t bytes = 0;
  if (std::FILE* io = std::fopen("/proc/self/io", "r")) {
    char line[128];
    unsigned long long value = 0;
    while (std::fgets(line, sizeof line, io) != nullptr) {
      if (std::sscanf(line, "write_bytes: %llu", &value) == 1) bytes = value;
    }
    std::fclose(io);
  }
  return bytes;
}

message_ptr make_message(std::uint64_t number) {
  const std::string payload(payload_bytes, 'x');
  char topic[32];
  std::snprintf(topic, sizeof topic, "sensors/room/%09llu", static_cast<unsigned long long>(number));
  publication made;
  made.topic = topic;
  made.topic_hash = hash_text(topic);
  made.payload = as_bytes(payload);
  made.qos = quality_of_service::at_least_once;
  return message::create(made);
}

clock_reading now() { return read(system_clock()); }

class bench_store {
 public:
  explicit bench_store(durability level) {
    const char* const parent = std::getenv("NANOMQ_BENCH_DIRECTORY");
    path_ = std::string(parent == nullptr ? "." : parent) + "/nanomq-store-bench";
    std::filesystem::remove_all(path_);
    open(level);
  }
  bench_store(const bench_store&) = delete;
  bench_store& operator=(const bench_store&) = delete;
  ~bench_store() {
    one_.reset();
    std::filesystem::remove_all(path_);
  }
  void open(durability level) {
    one_.reset();
    store_opening opening;
    std::string why;
    auto opened = open_sqlite_store({.directory = path_, .level = level}, opening, why);
    if (opened) one_ = std::move(*opened);
    if (!opened) std::fprintf(stderr, "%s\n", why.c_str());
  }
  [[nodiscard]] store* operator->() const { return one_.get(); }
  [[nodiscard]] explicit operator bool() const { return one_ != nullptr; }

  void put_sessions(session_key count) {
    store_batch batch;
    for (session_key key = 1; key <= count; ++key) {
      static_cast<void>(batch.add(put_session{key, "session", "", 3'600, false, never}));
    }
    static_cast<void>(one_->commit(batch, now()));
  }
  /// One message for the sessions 1 to `sessions`.
  void put_message(store_batch& into, std::uint64_t number, session_key sessions) {
    const message_ptr what = make_message(number);
    for (session_key key = 1; key <= sessions; ++key) {
      queue_row_content row{.session = key, .sequence = number, .message = number, .what = {}, .packet_identifier = 0};
      row.what.what = what;
      row.what.qos = quality_of_service::at_least_once;
      static_cast<void>(into.add(put_row{queue_row::create(std::move(row))}));
    }
  }

 private:
  std::string path_;
  std::unique_ptr<store> one_;
};

/// Commits of state.range(0) messages each.
void commit(benchmark::State& state, durability level, session_key sessions, bool fetched) {
  bench_store one(level);
  if (!one) return state.SkipWithError("no store");
  one.put_sessions(sessions);
  const auto per_commit = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t number = 0;
  const std::uint64_t before = written_by_process();
  for (auto _ : state) {
    store_batch batch;
    for (std::uint64_t in_batch = 0; in_batch < per_commit; ++in_batch) {
      ++number;
      one.put_message(batch, number, sessions);
      if (fetched && number > per_commit) static_cast<void>(batch.add(remove_row{1, number - per_commit, {}}));
    }
    if (!one->commit(batch, now())) return state.SkipWithError("not committed");
    static_cast<void>(one->tidy());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(number));
  const auto bytes = static_cast<double>(written_by_process() - before);
  state.counters["written"] = bytes / static_cast<double>(number);
  state.counters["commits"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
// So many iterations that even a thousand messages per commit need a few checkpoints.
#define COMMITS(name, level, sessions, fetched)             \
  BENCHMARK_CAPTURE(commit, name, level, sessions, fetched) \
      ->Arg(1)                                              \
      ->Iterations(2'000)                                   \
      ->UseRealTime()                                       \
      ->Unit(benchmark::kMicrosecond);                      \
  BENCHMARK_CAPTURE(commit, name, level, sessions, fetched) \
      ->Arg(10)                                             \
      ->Iterations(2'000)                                   \
      ->UseRealTime()                                       \
      ->Unit(benchmark::kMicrosecond);                      \
  BENCHMARK_CAPTURE(commit, name, level, sessions, fetched) \
      ->Arg(100)                                            \
      ->Iterations(1'000)                                   \
      ->UseRealTime()                                       \
      ->Unit(benchmark::kMicrosecond);                      \
  BENCHMARK_CAPTURE(commit, name, level, sessions, fetched) \
      ->Arg(1'000)                                          \
      ->Iterations(200)                                     \
      ->UseRealTime()                                       \
      ->Unit(benchmark::kMicrosecond)
COMMITS(queue_fsync, durability::fsync, 1, false);
COMMITS(queue_process, durability::process, 1, false);
COMMITS(forward_fsync, durability::fsync, 1, true);
COMMITS(fan_out_fsync, durability::fsync, 10, false);

void plain_log(benchmark::State& state) {
  const char* const parent = std::getenv("NANOMQ_BENCH_DIRECTORY");
  const std::string path = std::string(parent == nullptr ? "." : parent) + "/nanomq-store-bench.log";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return state.SkipWithError("no file");
  const auto per_commit = static_cast<std::size_t>(state.range(0));
  const std::string records(per_commit * (22 + payload_bytes + 16), 'x');
  const std::uint64_t before = written_by_process();
  for (auto _ : state) {
    if (::write(file, records.data(), records.size()) < 0 || ::fdatasync(file) != 0) {
      state.SkipWithError("not written");
      break;
    }
  }
  ::close(file);
  ::unlink(path.c_str());
  const auto messages = static_cast<double>(state.iterations()) * static_cast<double>(per_commit);
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["written"] = static_cast<double>(written_by_process() - before) / messages;
  state.counters["commits"] = benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(plain_log)->Arg(1)->Arg(10)->Iterations(2'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(plain_log)->Arg(100)->Iterations(1'000)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(plain_log)->Arg(1'000)->Iterations(200)->UseRealTime()->Unit(benchmark::kMicrosecond);

struct counting_visitor final : store_visitor {
  std::uint64_t rows = 0;
  void on_session(const stored_session&) override {}
  void on_subscription(session_key, std::string_view, const subscription_options&) override {}
  void on_unreleased(session_key, std::uint16_t) override {}
  void on_will(session_key, const stored_will&) override {}
  void on_queue(session_key, const queue_extent& extent) override { rows += extent.rows; }
  void on_exceptional_row(session_key, const stored_row&) override {}
  void on_retained(const message_ptr&) override {}
};

void fill(bench_store& one, std::uint64_t messages) {
  one.put_sessions(100);
  for (std::uint64_t number = 1; number <= messages;) {
    store_batch batch;
    for (int in_batch = 0; in_batch < 5'000 && number <= messages; ++in_batch, ++number) {
      queue_row_content row{
          .session = 1 + number % 100, .sequence = number, .message = number, .what = {}, .packet_identifier = 0};
      row.what.what = make_message(number);
      row.what.qos = quality_of_service::at_least_once;
      static_cast<void>(batch.add(put_row{queue_row::create(std::move(row))}));
    }
    static_cast<void>(one->commit(batch, now()));
    static_cast<void>(one->tidy());
  }
}

void load(benchmark::State& state) {
  bench_store one(durability::process);
  if (!one) return state.SkipWithError("no store");
  fill(one, static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    one.open(durability::process);
    counting_visitor found;
    if (!one || !one->load(now(), found)) return state.SkipWithError("not loaded");
    benchmark::DoNotOptimize(found.rows);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(load)->Arg(100'000)->Arg(1'000'000)->Iterations(3)->UseRealTime()->Unit(benchmark::kMillisecond);

void window(benchmark::State& state) {
  bench_store one(durability::process);
  if (!one) return state.SkipWithError("no store");
  fill(one, 200'000);
  std::int64_t rows = 0;
  session_key session = 1;
  queue_sequence from = 0;
  for (auto _ : state) {
    const auto read = one->read_queue(session, from, UINT32_MAX, {256, 1U << 20U}, now());
    if (!read) return state.SkipWithError("not read");
    rows += static_cast<std::int64_t>(read->rows.size());
    from = read->next;
    if (from == 0) session = session % 100 + 1;
  }
  state.SetItemsProcessed(rows);
}
BENCHMARK(window)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nanolib
