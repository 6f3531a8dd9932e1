// Who has published the retained messages, where that matters: users have a bound on them, or lose with a right what they
// have left behind by it.
//
// It is known for messages of this run only. The table costs nothing while nobody asks for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "broker/user_counts.hpp"
#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/cache/retained_store.hpp"
#include "nanomq/broker/access.hpp"

namespace nanomq::broker {

/// A client as it was when it published. Thread: immutable.
class retained_source {
 public:
  /// Errors: throws std::bad_alloc.
  explicit retained_source(const principal& who);

  [[nodiscard]] principal who() const noexcept;
  /// Whether the configured rules were not what allowed it to publish.
  [[nodiscard]] bool has_own_rights() const noexcept { return has_own_rights_; }
  [[nodiscard]] const std::string& user_name() const noexcept { return user_name_; }

 private:
  std::string client_id_;
  std::string user_name_;
  std::string address_;
  std::string listener_;
  std::unique_ptr<const nanonng::net::tls_identity> identity_;
  bool has_own_rights_;
};
using retained_source_ptr = std::shared_ptr<const retained_source>;

/// Thread: thread-safe. Its lock is held while the store is changed, so that both say the same.
/// Shape: the topic and some 100 bytes for each message that has a source.
class retained_sources {
 public:
  /// Keeps or removes the message in `kept`, and remembers whose it is; null: nobody's. `most`: messages that a user may
  /// have there; 0: any number. `full` also stands for that. Errors: throws std::bad_alloc, then nothing has changed.
  nanolib::retained_store::stored store(nanolib::retained_store& kept, const nanolib::publication& what,
                                        const retained_source_ptr& by, std::uint32_t most);
  /// Null: it is not known, or nobody's.
  [[nodiscard]] retained_source_ptr of(std::string_view topic) const noexcept;
  /// The message under this topic has expired. If there is another by now, that one's source stays.
  void forget(const nanolib::retained_store& kept, std::string_view topic) noexcept;
  [[nodiscard]] bool is_used() const noexcept { return used_.load(std::memory_order_relaxed); }
  /// Messages of this user.
  [[nodiscard]] std::uint32_t count(std::string_view user) const noexcept { return users_.of(user); }

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return nanolib::hash_text(text); }
  };
  void erase(std::string_view topic) noexcept NANOLIB_REQUIRES(mutex_);
  void uncount(const retained_source& one) noexcept;

  mutable nanolib::mutex mutex_;
  std::unordered_map<std::string, retained_source_ptr, text_hash, std::equal_to<>> by_topic_ NANOLIB_GUARDED_BY(mutex_);
  user_counts users_;
  std::atomic<bool> used_{false};
};

}  // namespace nanomq::broker
