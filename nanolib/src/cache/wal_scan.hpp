// Looks for commits in a write-ahead log that SQLite would pass over in silence.
//
// SQLite reads the log up to the first frame whose checksum is wrong and takes the rest for the torn end of a write that
// was cut short. That is right for the one commit that was under way when the power went; if more than one lies behind
// the wrong frame, something that had been synced was changed afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "nanolib/base/result.hpp"

namespace nanolib {

/// How many commits lie behind the first unsound frame beyond the one that may have been cut short. 0 without a file.
/// Shape: reads the file once. Errors: sys. Spec: SQLite file format §4.
[[nodiscard]] result<std::uint64_t> count_lost_commits(const std::string& path) noexcept;

}  // namespace nanolib
