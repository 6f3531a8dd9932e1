#include "comparison.hpp"

#include <algorithm>

#include "nanomq/tools/text.hpp"
#include "statistics.hpp"

namespace nanomq::bench {

using tools::text;
namespace {

/// Three digits that matter, more for what is larger.
std::string number(std::optional<double> value) {
  if (!value) return "-";
  const double size = *value < 0 ? -*value : *value;
  return text("%.*f", size >= 100 ? 0 : size >= 10 ? 1 : 2, *value);
}

}  // namespace

void comparison::add(std::size_t row, std::size_t broker, measurement result) {
  runs_[{row, broker}].push_back(std::move(result));
}

bool comparison::verified() const noexcept {
  return std::ranges::all_of(runs_,
                             [](const auto& runs) { return std::ranges::all_of(runs.second, &measurement::verified); });
}

const std::vector<measurement>& comparison::runs_of(std::size_t row, std::size_t broker) const {
  static const std::vector<measurement> none;
  const auto found = runs_.find({row, broker});
  return found == runs_.end() ? none : found->second;
}

std::vector<comparison::figure_name> comparison::figures_of(std::size_t row) const {
  std::vector<figure_name> names;
  for (std::size_t broker = 0; broker < brokers_.size(); ++broker) {
    for (const measurement& run : runs_of(row, broker)) {
      if (!names.empty()) return names;
      for (const figure& each : run.figures) names.push_back({each.name, each.unit});
    }
  }
  return names;
}

std::optional<double> comparison::median_of(std::size_t row, std::size_t broker, std::string_view name) const {
  std::vector<double> samples;
  for (const measurement& run : runs_of(row, broker)) {
    const auto found = std::ranges::find(run.figures, name, &figure::name);
    if (run.verified() && found != run.figures.end()) samples.push_back(found->value);
  }
  return median(std::move(samples));
}

std::string comparison::heading() const {
  std::string out = text("%-42s %-25s", "workload", "figure (less is better)");
  for (const broker_recipe& each : brokers_) out += text(" %12s", each.name.c_str());
  return out + text(" %16s", "ours/best peer");
}

std::string comparison::line(std::size_t row, const figure_name& figure) const {
  const std::string label = std::string{figure.name} + ", " + std::string{figure.unit};
  std::string out = text("%-42s %-25s", rows_[row].description.c_str(), label.c_str());
  std::optional<double> ours;
  std::vector<std::optional<double>> theirs;
  for (std::size_t broker = 0; broker < brokers_.size(); ++broker) {
    const auto value = median_of(row, broker, figure.name);
    if (brokers_[broker].ours) {
      ours = value;
    } else {
      theirs.push_back(value);
    }
    const bool flawed = !std::ranges::all_of(runs_of(row, broker), &measurement::verified);
    out += text(" %12s", (number(value) + (flawed ? "!" : "")).c_str());
  }
  return out + text(" %16s", number(ratio(ours, least(theirs))).c_str());
}

std::string comparison::table() const {
  const std::string head = heading();
  std::string out = head + '\n' + std::string(head.size(), '-') + '\n';
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (const figure_name& figure : figures_of(row)) out += line(row, figure) + '\n';
  }
  if (!verified()) out += "! at least one run failed its verification; only the others are in the median\n";
  return out;
}

std::string summary(const measurement& result) {
  std::string out;
  for (const figure& each : result.figures) {
    out += std::string{each.name} + ' ' + number(each.value) + ' ' + std::string{each.unit} + "; ";
  }
  if (!result.note.empty()) out += result.note + "; ";
  return out + (result.verified() ? "verified" : "FAILED: " + result.fault);
}

}  // namespace nanomq::bench
