// What a lookup costs among 10^3 to 10^6 filters, what a fan-out of 500 costs, and what coming and going costs.
//
// The filters are a mix: 60 % s/g12/d34/v, 20 % s/g12/+/w3, 20 % s/g12/h4/#, spread over 1 000 groups. The topics hit
// the exact ones, the + ones, the # ones, two at once, and none, a fifth each.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <random>
#include <string>
#include <vector>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/subscription_tree.hpp"

namespace nanolib {
namespace {

constexpr std::size_t groups = 1000;

std::string place(const char* kind, std::size_t i) {
  return "s/g" + std::to_string(i % groups) + kind + std::to_string(i / groups);
}

std::string filter_text(std::size_t i) {
  if (i % 5 < 3) return place("/d", i / 5 * 3 + i % 5) + "/v";
  return i % 5 == 3 ? place("/+/w", i / 5) : place("/h", i / 5) + "/#";
}

std::string topic_text(std::mt19937_64& random, std::size_t filters) {
  const std::size_t any = random() % (filters / 5 + 1);
  switch (random() % 5) {
    case 0:
      return place("/d", any * 3) + "/v";
    case 1:
      return place("/zz/w", any);
    case 2:
      return place("/h", any) + "/q/r";
    case 3:
      return place("/h", any) + "/w" + std::to_string(any / groups);
    default:
      return place("/nomatch/", any);
  }
}

struct mixed_tree {
  quiescence readers{1};
  subscription_tree tree{readers};
  std::vector<subscription_tree::handle> places;
  double bytes_each = 0;

  explicit mixed_tree(std::size_t filters) {
    places.reserve(filters);
    const auto before = mallinfo2().uordblks;
    for (std::size_t i = 0; i < filters; ++i) {
      const std::string text = filter_text(i);
      places.push_back(tree.subscribe(parse_topic_filter(text).value(), static_cast<subscriber_id>(i + 1), {}).place);
      readers.online(0);
      readers.offline(0);
    }
    bytes_each = static_cast<double>(mallinfo2().uordblks - before) / static_cast<double>(filters);
    readers.online(0);
  }
};

void match_in_a_mix(benchmark::State& state) {
  const auto filters = static_cast<std::size_t>(state.range(0));
  mixed_tree mix(filters);
  std::mt19937_64 random(5);
  std::vector<std::string> topics;
  for (int i = 0; i < state.range(1); ++i) topics.push_back(topic_text(random, filters));
  match_result out;
  std::size_t at = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    out.clear();
    mix.tree.match(topics[at], out);
    found += out.plain.size();
    if (++at == topics.size()) at = 0;
  }
  state.counters["matches"] = static_cast<double>(found) / static_cast<double>(state.iterations());
  state.counters["bytes/filter"] = mix.bytes_each;
}
// 64 topics again and again: what stays in the processor's cache. 65 536 topics: most of it comes from memory.
BENCHMARK(match_in_a_mix)->ArgsProduct({{1'000, 10'000, 100'000, 200'000, 1'000'000}, {64, 65'536}});

void match_a_fan_out(benchmark::State& state) {
  quiescence readers(1);
  subscription_tree tree(readers);
  const auto subscribers = static_cast<subscriber_id>(state.range(0));
  for (subscriber_id who = 1; who <= subscribers; ++who) {
    (void)tree.subscribe(parse_topic_filter("load/x").value(), who, {});
  }
  match_result out;
  for (auto _ : state) {
    out.clear();
    tree.match("load/x", out);
    benchmark::DoNotOptimize(out.plain.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(match_a_fan_out)->Arg(1)->Arg(500);

void read_a_version(benchmark::State& state) {
  mixed_tree mix(1'000);
  for (auto _ : state) benchmark::DoNotOptimize(mix.tree.version("s/g12/d34/v"));
}
BENCHMARK(read_a_version);

void subscribe_and_leave(benchmark::State& state) {
  mixed_tree mix(static_cast<std::size_t>(state.range(0)));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 1000; ++i) texts.push_back("s/g" + std::to_string(i) + "/new/v");
  std::size_t at = 0;
  for (auto _ : state) {
    const auto done = mix.tree.subscribe(parse_topic_filter(texts[at]).value(), 1, {});
    mix.tree.unsubscribe(done.place, 1);
    mix.readers.quiet(0);
    if (++at == texts.size()) at = 0;
  }
}
BENCHMARK(subscribe_and_leave)->Arg(1'000)->Arg(200'000);

void one_session_of_66000_leaves(benchmark::State& state) {
  quiescence readers(1);
  subscription_tree tree(readers);
  std::vector<subscription_tree::handle> places(66'000);
  for (auto _ : state) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::string text = "x/" + std::to_string(i);
      places[i] = tree.subscribe(parse_topic_filter(text).value(), 1, {}).place;
    }
    for (const subscription_tree::handle place : places) tree.unsubscribe(place, 1);
    readers.online(0);
    readers.offline(0);
  }
  state.SetItemsProcessed(state.iterations() * 66'000);
}
BENCHMARK(one_session_of_66000_leaves)->Unit(benchmark::kMillisecond);

void one_filter_of_100000_subscribers_comes_and_goes(benchmark::State& state) {
  quiescence readers(1);
  subscription_tree tree(readers);
  const topic_filter filter = parse_topic_filter("all").value();
  for (auto _ : state) {
    for (subscriber_id who = 1; who <= 100'000; ++who) (void)tree.subscribe(filter, who, {});
    for (subscriber_id who = 1; who <= 100'000; ++who) (void)tree.unsubscribe(filter, who);
    readers.online(0);
    readers.offline(0);
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(one_filter_of_100000_subscribers_comes_and_goes)->Unit(benchmark::kMillisecond);

void pick_from_a_group(benchmark::State& state) {
  quiescence readers(1);
  subscription_tree tree(readers);
  for (subscriber_id who = 1; who <= 100; ++who) {
    (void)tree.subscribe(parse_topic_filter("$share/g/t").value(), who, {});
  }
  match_result out;
  tree.match("t", out);
  for (auto _ : state) benchmark::DoNotOptimize(out.shared[0]->pick([](subscriber_id) { return true; }));
}
BENCHMARK(pick_from_a_group);

}  // namespace
}  // namespace nanolib
