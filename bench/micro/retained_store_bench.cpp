// What storing, replacing, finding and replaying retained messages costs: r/<i % 317>/<i>, 16 bytes of payload.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/hash.hpp"
#include "nanolib/cache/retained_store.hpp"

namespace nanolib {
namespace {

publication make(const std::string& topic) {
  publication made;
  made.topic = topic;
  made.topic_hash = hash_text(topic);
  made.payload = as_bytes("sixteen bytes...");
  made.retain = true;
  return made;
}

std::vector<std::string> make_topics(std::int64_t count) {
  std::vector<std::string> topics;
  for (std::int64_t i = 0; i < count; ++i) topics.push_back("r/" + std::to_string(i % 317) + "/" + std::to_string(i));
  return topics;
}

void store_new(benchmark::State& state) {
  const std::vector<std::string> topics = make_topics(state.range(0));
  for (auto _ : state) {
    const auto before = mallinfo2().uordblks;
    auto retained = std::make_unique<retained_store>(retained_limits{2'000'000, std::uint64_t{1} << 32U});
    for (const std::string& topic : topics) retained->store(make(topic));
    state.PauseTiming();
    const auto bytes = static_cast<double>(mallinfo2().uordblks - before);
    state.counters["bytes/message"] = bytes / static_cast<double>(topics.size());
    retained.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(store_new)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

struct filled_store {
  std::vector<std::string> topics;
  retained_store retained{{2'000'000, std::uint64_t{1} << 32U}};

  explicit filled_store(std::int64_t count) : topics(make_topics(count)) {
    for (const std::string& topic : topics) retained.store(make(topic));
  }
};

void replace(benchmark::State& state) {
  filled_store filled(state.range(0));
  std::size_t at = 0;
  for (auto _ : state) {
    filled.retained.store(make(filled.topics[at]));
    at = (at + 7919) % filled.topics.size();
  }
}
BENCHMARK(replace)->Arg(100'000)->Arg(1'000'000);

void find(benchmark::State& state) {
  filled_store filled(state.range(0));
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.retained.find(filled.topics[at]));
    at = (at + 7919) % filled.topics.size();
  }
}
BENCHMARK(find)->Arg(100'000);

void replay(benchmark::State& state, const char* filter) {
  filled_store filled(state.range(0));
  std::size_t found = 0;
  for (auto _ : state) {
    retained_cursor cursor{filter, {}, false, false};
    while (!cursor.finished) {
      found += filled.retained.replay(cursor, instant{}, 256,
                                      [](const message_ptr& one) { benchmark::DoNotOptimize(one->payload().data()); });
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(found));
}
BENCHMARK_CAPTURE(replay, everything, "r/#")->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(replay, one_of_each_group, "r/+/316")->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nanolib
