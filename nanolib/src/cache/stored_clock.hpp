// Deadlines over restarts. On disk they are on the clock of the run that wrote them, which never jumps; a run's offset to
// civil time is kept beside, and corrected when civil time is set while it runs (a machine without a clock of its own,
// which learns the time after the broker has started).
#pragma once

#include <cstdint>
#include <map>

#include "nanolib/base/time.hpp"

namespace nanolib {

/// Civil time cannot be earlier: the day on which this format was made.
inline constexpr wall_time earliest_civil_time{std::chrono::sys_days{std::chrono::November / 22 / 2026}};

/// Thread: externally synchronised.
class stored_clock {
 public:
  /// An earlier run, as stored; in the order of their numbers.
  void add_run(std::int64_t number, std::int64_t offset, std::int64_t seen) { runs_[number] = {offset, seen}; }
  /// This run begins, unless it has begun already. Whenever civil time can be believed for the first time since some
  /// runs, these are set right: between their ends and the next beginning no time has passed that anybody knows of.
  void begin(const clock_reading& at) noexcept;

  /// Civil time as far as it can be believed: not before what earlier runs have seen, and going on when it is set back.
  [[nodiscard]] wall_time civil(const clock_reading& at) const noexcept;

  /// The present run's number; what is stored with every instant.
  [[nodiscard]] std::int64_t run() const noexcept { return run_; }
  /// Whether the present run's record has to be written (again), and what it then says.
  [[nodiscard]] bool is_outdated(const clock_reading& at) const noexcept;
  struct record {
    std::int64_t offset = 0;
    std::int64_t seen = 0;  ///< negative while civil time could not be believed
  };
  /// Earlier runs that were set right, until set_corrected().
  [[nodiscard]] const std::map<std::int64_t, record>& corrected() const noexcept { return corrected_; }
  void set_corrected() noexcept { corrected_.clear(); }
  [[nodiscard]] record present(const clock_reading& at) const noexcept;
  void set_written(const record& what) noexcept { written_ = what; }
  [[nodiscard]] const record& written() const noexcept { return written_; }

  /// The instant on today's clock. `never` when the run is not known.
  [[nodiscard]] instant to_instant(std::int64_t run, std::int64_t stored, const clock_reading& at) const noexcept;

 private:
  [[nodiscard]] bool is_believed(const clock_reading& at) const noexcept;

  std::map<std::int64_t, record> runs_;  ///< earlier ones
  std::map<std::int64_t, record> corrected_;
  std::int64_t run_ = 0;      ///< 0: not begun
  clock_reading began_{};     ///< with the believed civil time
  clock_reading reckoned_{};  ///< the same moment, as if no time had passed since the last run
  record written_{};          ///< offset and seen 0: nothing is
};

}  // namespace nanolib
