// Where a broker keeps the bans that somebody has added while it ran: bans.jsonl in the store's directory, an object of JSON
// a line, in the order in which things were said. A line {"lifted":true,…} takes back what the lines before it say about the same.
//
// A ban is one line at the end, however many there are, and on the disk when it is answered. What has become superfluous goes
// when the file is written anew, which happens seldom enough to cost little and often enough to keep it small.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/broker/ban.hpp"

namespace nanomq::config {

/// Thread: externally synchronised.
class ban_file {
 public:
  using all_bans = std::function<std::vector<broker::ban>()>;
  /// A file never grows beyond it, so that a start can read what a broker has written.
  static constexpr std::size_t largest = std::size_t{32} << 20U;

  /// `directory` is the store's. Empty: nothing is kept.
  explicit ban_file(const std::string& directory);

  [[nodiscard]] bool is_kept() const noexcept { return !path_.empty(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The bans that are in it, those that are over among them. A last line that was not finished was never promised to anybody.
  /// Errors: sys, config: it cannot be read, or a line is none of ours; `why` says which, and what to do. Nothing of it is
  /// believed then: who is banned would come in.
  [[nodiscard]] nanolib::result<std::vector<broker::ban>> load(std::string& why);
  /// From here on `what` holds, or no longer. `all` gives the bans that hold, and is asked when the file is written anew.
  /// Durable when it returns. Mode 0600. Errors: sys, config, with `why`: the file says what it said before.
  /// Throws std::bad_alloc.
  [[nodiscard]] nanolib::result<void> add(const broker::ban& what, const all_bans& all, std::string& why);
  [[nodiscard]] nanolib::result<void> lift(const broker::ban& what, const all_bans& all, std::string& why);

 private:
  [[nodiscard]] nanolib::result<void> put(const std::string& line, const all_bans& all, std::string& why);
  [[nodiscard]] bool append(const std::string& line) noexcept;
  [[nodiscard]] nanolib::result<void> write_anew(std::span<const broker::ban> all, std::string& why);

  std::string path_;
  std::size_t bytes_ = 0;       ///< of the file
  std::size_t lines_ = 0;       ///< in it
  std::size_t needed_ = 0;      ///< of them, when it was read or written anew
  bool is_appendable_ = false;  ///< it is there, and ends with a whole line
};

}  // namespace nanomq::config
