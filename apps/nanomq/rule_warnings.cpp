#include "rule_warnings.hpp"

#include <algorithm>
#include <cstddef>

#include "nanomq/config/option.hpp"

namespace nanomq::program {
namespace {

// One that has the same name, but for its kind; else the one that is written most like it.
std::string nearest_listener(std::string_view id, const std::vector<broker::listener_options>& all) {
  constexpr std::size_t longest = 80;  // keeps the work small whatever is written
  if (id.size() > longest) return {};
  const auto name = id.substr(std::min(id.find(':') + 1, id.size()));
  std::string best;
  std::size_t least = 1 + std::max<std::size_t>(2, id.size() / 4);
  for (const auto& one : all) {
    auto there = one.id();
    if (there.substr(there.find(':') + 1) == name) return there;
    const auto far = config::edit_distance(id, there);
    if (far >= least) continue;
    least = far;
    best = std::move(there);
  }
  return best;
}

}  // namespace

std::string unknown_listener(std::string_view id, const std::vector<broker::listener_options>& all) {
  if (std::ranges::find(all, id, &broker::listener_options::id) != all.end()) return {};
  const auto nearest = nearest_listener(id, all);
  return "there is no listener " + std::string(id) + (nearest.empty() ? "" : "; did you mean " + nearest + "?");
}

std::vector<std::string> rule_warnings(std::span<const access::rule> rules,
                                       const std::vector<broker::listener_options>& listeners) {
  constexpr std::size_t most = 100;
  std::vector<std::string> lines;
  for (const auto& one : rules) {
    for (const auto& id : access::listeners_named(one)) {
      const auto why = unknown_listener(id, listeners);
      if (why.empty()) continue;
      if (lines.size() == most) {
        lines.emplace_back("more rules name listeners that are not there");
        return lines;
      }
      lines.push_back(one.place + ": " + why);
    }
  }
  return lines;
}

}  // namespace nanomq::program
