// The store that the configuration asks for, and what there is to say about it.
#pragma once

#include <memory>
#include <string>

#include "nanolib/base/log.hpp"
#include "nanolib/cache/store.hpp"
#include "nanomq/broker/durability.hpp"

namespace nanomq::program {

struct kept_store {
  std::unique_ptr<nanolib::store> held;  ///< null: none is asked for
  std::string keeps;                     ///< for banner and status
  std::string trouble;                   ///< what was wrong with it, empty: nothing
};

/// Errors: as nanolib::open_sqlite_store(), with `why` for a person.
[[nodiscard]] nanolib::result<void> open_store(const broker::durability_options& options, nanolib::log& log,
                                               kept_store& into, std::string& why);

}  // namespace nanomq::program
