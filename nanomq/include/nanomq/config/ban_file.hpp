// Where a broker keeps the bans that somebody has added while it ran: bans.json in the store's directory.
#pragma once

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
  /// `directory` is the store's. Empty: nothing is kept.
  explicit ban_file(const std::string& directory);

  [[nodiscard]] bool is_kept() const noexcept { return !path_.empty(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// What is there. A damaged file is set aside as bans.json.damaged, so that the broker starts without it: `note` is then
  /// one line about it. Errors: sys, config: it cannot be read or set aside; `note` says why.
  [[nodiscard]] nanolib::result<std::vector<broker::ban>> load(nanolib::wall_time now, std::string& note) const;
  /// Those of `all` that somebody has added. As a whole or not at all; mode 0600.
  /// Errors: sys, config, with `why`.
  [[nodiscard]] nanolib::result<void> save(std::span<const broker::ban> all, std::string& why) const;

 private:
  std::string path_;
};

}  // namespace nanomq::config
