// What a check of rights costs, by the number of rules: a publication and a subscription of a client that the last rule
// of its kind is about.
#include <benchmark/benchmark.h>

#include <string>

#include "nanomq/access/rule_set.hpp"

namespace {

using namespace nanomq::access;

enum class about : int { users, topics, everybody };

rule_set rules(about what, std::int64_t count) {
  std::vector<rule> made;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    rule one{.allow = true};
    if (what == about::users) {
      one.who = {.is = condition::kind::user, .text = "user" + number};
      one.topics = {"plant/${username}/#"};
    } else if (what == about::topics) {
      one.topics = {"area" + number + "/+/state"};
    } else {
      one.topics = {"+/line" + number + "/state"};
    }
    made.push_back(std::move(one));
  }
  std::string why;
  return std::move(*rule_set::compile(std::move(made), false, why));
}

void check(benchmark::State& state) {
  const auto what = static_cast<about>(state.range(0));
  const auto set = rules(what, state.range(1));
  const auto last = std::to_string(state.range(1) - 1);
  const auto user = "user" + last;
  const std::string topic = what == about::users    ? "plant/" + user + "/line/state"
                            : what == about::topics ? "area" + last + "/line/state"
                                                    : "area/line" + last + "/state";
  const subject who{user, "client"};
  for (auto _ : state) benchmark::DoNotOptimize(set.check_publish(who, topic));
}
BENCHMARK(check)->ArgNames({"about", "rules"})->ArgsProduct({{0, 1, 2}, {10, 1000}});

}  // namespace
