// What `nanomq broker status` tells: the broker's figures and what only the program knows, for people and as JSON.
// The JSON is a contract, in docs/manual/operations.md: members are added, none changes its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nanolib/base/json_writer.hpp"
#include "nanomq/broker/figures.hpp"
#include "reload.hpp"

namespace nanomq::program {

/// What does not change while the broker runs.
struct standing_facts {
  std::vector<std::string> bridges;  ///< a line for each SP endpoint
  std::string keeps;                 ///< what survives, and where; empty: nothing does
  std::string trouble;               ///< what somebody should know about the store; empty: nothing
};

struct status_report {
  broker::broker_figures figures;
  standing_facts facts;
  std::uint64_t resident_bytes = 0;
  std::optional<reload_desk::last_reload> reload;
  nanolib::wall_time now{};
};

/// The members of an object.
void write_status(nanolib::json_writer& into, const status_report& what);
/// Lines with their ends: what it is, where it listens, what it does, what it has had to refuse.
[[nodiscard]] std::string status_text(const status_report& what);

}  // namespace nanomq::program
