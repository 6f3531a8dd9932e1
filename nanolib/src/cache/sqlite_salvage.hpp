// New databases: empty ones, and what can still be read of a damaged one.
#pragma once

#include <cstdint>
#include <string>

#include "sqlite_database.hpp"

namespace nanolib {

/// Makes an empty store in an empty file, which is complete but not synced. Outcomes: done, no_space, failed.
[[nodiscard]] sqlite_outcome make_database(const std::string& into, const std::string& vfs);

struct salvage_report {
  std::uint64_t kept = 0;
  std::uint64_t lost = 0;
  bool unreadable = false;  ///< parts could not be read at all
};

/// Takes over every record whose checksum is right and that still has what it refers to. The damaged file is not
/// changed; `into` is an empty file, which is complete but not synced then. Its tables are read from both ends, so that one bad page hides little else.
/// Errors: std::bad_alloc; outcome no_space or failed when the new database cannot be written.
[[nodiscard]] sqlite_outcome salvage(const std::string& damaged, const std::string& into, const std::string& vfs,
                                     std::uint64_t damaged_bytes, salvage_report& report);

}  // namespace nanolib
