// Is a database as it was written? Quickly at start, completely when asked.
#pragma once

#include <string>
#include <vector>

#include "sqlite_database.hpp"

namespace nanolib {

/// What is wrong with the database's structure, empty: nothing. With `bodies` of everything; without, of all that load()
/// reads but the retained messages. Shape: reads what it looks at. Errors: std::bad_alloc.
[[nodiscard]] std::string check_structure(sqlite_database& of, bool bodies);

/// Structure, checksums of all records and what refers to what: one line for each finding, a hundred at most.
/// Errors: std::bad_alloc; outcome failed when it cannot be read.
[[nodiscard]] sqlite_outcome check_completely(sqlite_database& of, std::vector<std::string>& findings);

}  // namespace nanolib
