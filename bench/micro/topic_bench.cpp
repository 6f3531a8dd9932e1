// What checking a topic name costs: it is done for every PUBLISH.
#include <benchmark/benchmark.h>

#include <string>

#include "nanolib/topic/topic.hpp"

namespace nanolib {
namespace {

void check_name(benchmark::State& state, const std::string& topic) {
  std::string_view text = topic;
  for (auto _ : state) {
    benchmark::DoNotOptimize(text);
    benchmark::DoNotOptimize(check_topic_name(text));
  }
}
BENCHMARK_CAPTURE(check_name, of_11_bytes, "s/g12/d34/v");
BENCHMARK_CAPTURE(check_name, of_20_bytes, "factory/line7/temp42");
BENCHMARK_CAPTURE(check_name, of_64_bytes, std::string(60, 'x') + "/a/b");
BENCHMARK_CAPTURE(check_name, of_20_bytes_not_ascii,
                  "fabrik/stra\xC3\x9F"
                  "e/t42");

void check_utf8(benchmark::State& state, const std::string& text) {
  bytes data = as_bytes(text);
  for (auto _ : state) {
    benchmark::DoNotOptimize(data);
    benchmark::DoNotOptimize(is_valid_utf8(data));
  }
}
BENCHMARK_CAPTURE(check_utf8, of_20_bytes, "factory/line7/temp42");
BENCHMARK_CAPTURE(check_utf8, of_1000_bytes, std::string(1000, 'x'));

void match_one_filter(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(matches("s/+/d34/#", "s/g12/d34/v"));
}
BENCHMARK(match_one_filter);

}  // namespace
}  // namespace nanolib
