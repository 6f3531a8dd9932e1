// Changes that wait until there is space: of each thing only what was last said about it, so that the backlog is never
// larger than the broker's own state.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "nanolib/cache/store_batch.hpp"

namespace nanolib {

/// Thread: externally synchronised.
class change_backlog {
 public:
  /// Takes a change over, in place of what it makes pointless. Not for put_row and put_unreleased.
  /// Errors: throws std::bad_alloc.
  void add(store_change&& change);
  /// Everything, as a batch, in an order that may be applied.
  [[nodiscard]] store_batch to_batch() const;
  /// The first `most` of those that take something away: they need little space, and make some.
  [[nodiscard]] store_batch removals(std::size_t most) const;
  /// They have been written.
  void drop_removals(std::size_t most) noexcept;
  void clear() noexcept { newest_.clear(); }
  [[nodiscard]] std::size_t size() const noexcept { return newest_.size(); }

 private:
  /// The thing that a change is about. Things of one session are neighbours.
  struct thing {
    session_key session = 0;
    enum class kind : std::uint8_t { session, row, unreleased, subscription, will, retained } what{};
    std::uint64_t number = 0;
    std::string text;

    friend auto operator<=>(const thing&, const thing&) = default;
  };
  struct namer;

  std::map<thing, store_change> newest_;
};

}  // namespace nanolib
