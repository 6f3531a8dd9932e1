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

struct log_tail {
  bool is_torn = false;            ///< frames lie behind the first unsound one: a commit was cut short, or worse
  std::uint64_t lost_commits = 0;  ///< commits behind it, but for the one that may have been cut short
};

/// Looks at a log that nobody writes to. Nothing is wrong with one that is not there. The log has to be begun anew after a
/// torn tail, else the next one cannot be told from this one.
/// Shape: reads the file once. Errors: sys. Spec: SQLite file format §4.
[[nodiscard]] result<log_tail> scan_log(const std::string& path) noexcept;

}  // namespace nanolib
