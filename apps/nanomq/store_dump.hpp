// The content of a store as JSON: one object a line, so that it can be filtered and counted by other tools as it comes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "nanolib/base/json_writer.hpp"
#include "nanolib/cache/store.hpp"

namespace nanomq::program {

struct dump_options {
  bool payloads = true;  ///< false: only their sizes
};

/// Takes a line, with its line end. False: nobody reads any more, and dump_store() ends.
using line_sink = std::function<bool(std::string_view)>;

/// How much there was that could not be shown.
struct dump_report {
  std::uint64_t damaged = 0;
};

/// Writes everything: sessions, subscriptions, identifiers, wills, retained messages, then the queues in order.
/// Errors: as store::load(); sys EPIPE when the sink does not want more.
[[nodiscard]] nanolib::result<dump_report> dump_store(nanolib::store& from, const nanolib::clock_reading& at,
                                                      const dump_options& how, const line_sink& into);

/// 2026-11-22T14:05:09.123Z
[[nodiscard]] std::string civil_text(nanolib::wall_time when);

}  // namespace nanomq::program
