// Answers about topics that are good for a while, the least recently used forgotten first.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http_question.hpp"
#include "nanolib/base/hash.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::access {

/// Shape: at most `most` entries of some 200 bytes and the key; constant time. Thread: externally synchronised.
class right_cache {
 public:
  explicit right_cache(std::size_t most) noexcept : most_(most) {}

  /// Null: it is not known, or not any more.
  [[nodiscard]] const http_verdict::kind* find(std::string_view key, nanolib::instant now) noexcept {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    if (found->second->ends <= now) {
      const auto place = found->second;
      by_key_.erase(found);  // whose key is a view of the entry's
      entries_.erase(place);
      return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->said;
  }
  /// Errors: throws std::bad_alloc; nothing has changed then but what was forgotten.
  void put(std::string_view key, http_verdict::kind said, nanolib::instant ends) {
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
      known->second->said = said;
      known->second->ends = ends;
      return;
    }
    while (!entries_.empty() && entries_.size() >= most_) {
      by_key_.erase(entries_.back().key);
      entries_.pop_back();
    }
    entries_.push_front({std::string(key), said, ends});
    try {
      by_key_.emplace(entries_.front().key, entries_.begin());
    } catch (...) {
      entries_.pop_front();
      throw;
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct entry {
    std::string key;
    http_verdict::kind said;
    nanolib::instant ends;
  };
  struct text_hash {
    std::size_t operator()(std::string_view text) const noexcept { return nanolib::hash_text(text); }
  };

  std::size_t most_;
  std::list<entry> entries_;
  std::unordered_map<std::string_view, std::list<entry>::iterator, text_hash> by_key_;  // views of the entries' keys
};

}  // namespace nanomq::access
