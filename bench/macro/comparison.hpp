// The rounds' results side by side.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker_recipe.hpp"
#include "catalogue.hpp"
#include "measurement.hpp"

namespace nanomq::bench {

/// Collects measurements by row and broker. Thread: one.
class comparison {
 public:
  comparison(const std::vector<row>& rows, const std::vector<broker_recipe>& brokers)
      : rows_(rows), brokers_(brokers) {}

  void add(std::size_t row, std::size_t broker, measurement result);

  /// True when every run so far accounted for every message.
  [[nodiscard]] bool verified() const noexcept;

  /// A line for each figure: the medians of the verified runs, and ours divided by the best peer's.
  [[nodiscard]] std::string table() const;

 private:
  struct figure_name {
    std::string_view name;
    std::string_view unit;
  };

  [[nodiscard]] const std::vector<measurement>& runs_of(std::size_t row, std::size_t broker) const;
  [[nodiscard]] std::vector<figure_name> figures_of(std::size_t row) const;
  [[nodiscard]] std::optional<double> median_of(std::size_t row, std::size_t broker, std::string_view name) const;
  [[nodiscard]] std::string line(std::size_t row, const figure_name& figure) const;
  [[nodiscard]] std::string heading() const;

  const std::vector<row>& rows_;
  const std::vector<broker_recipe>& brokers_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<measurement>> runs_;
};

/// One run for a reader who waits: its figures, and whether it counts.
[[nodiscard]] std::string summary(const measurement& result);

}  // namespace nanomq::bench
