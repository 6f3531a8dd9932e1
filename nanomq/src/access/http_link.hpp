// The HTTP server that is asked about clients, and what is remembered of its answers.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "http_question.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/http/client.hpp"
#include "right_cache.hpp"

namespace nanomq::access {

/// Thread: thread-safe. Owns: the client, and with it a thread from the first question on. end() is called before the
/// last owner lets go, but by nobody in an answer.
class http_link {
 public:
  using kind = http_verdict::kind;
  using on_verdict = std::move_only_function<void(http_verdict) noexcept>;
  /// Answers about topics that are remembered.
  static constexpr std::size_t most_remembered = 16'384;

  /// Reads the certificates. `clock` outlives it. Errors: config or sys; `why` says which setting.
  [[nodiscard]] static nanolib::result<std::shared_ptr<http_link>> open(const http_settings& from,
                                                                        const nanolib::clock& clock, std::string& why);
  http_link(const http_settings& from, const nanolib::clock& clock,
            std::shared_ptr<const nanonng::net::tls_context> tls);

  /// May it enter, and is it a superuser? `then` is called once, perhaps within the call.
  void ask_entry(const http_facts& about, on_verdict then) noexcept;
  /// May it do this? At once when it is remembered, else through `then`: once, perhaps within the call, and with one
  /// request for all that ask the same at the same time.
  [[nodiscard]] std::optional<kind> ask_right(const http_facts& about, on_verdict then) noexcept;
  /// Nobody is asked any more; what is under way is answered as unavailable before this returns.
  void end() noexcept { client_.end(); }

  using named_figures = std::vector<std::pair<std::string_view, std::uint64_t>>;
  /// For statistics: "http/requests". Errors: throws std::bad_alloc.
  [[nodiscard]] named_figures figures() const;
  /// Those of the one whose place it takes: what was counted goes on from there. It may be told again.
  void count_on(const named_figures& from) noexcept;

 private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return nanolib::hash_text(text); }
  };
  using waiters = std::vector<on_verdict>;

  /// Since the beginning; the others are about now.
  static constexpr std::array<std::string_view, 7> counted{"http/requests",   "http/failures",   "http/timeouts",
                                                           "http/refused",    "http/cache/hits", "http/shared",
                                                           "http/connections"};

  void send(http::request what, on_verdict then) noexcept;
  void conclude(const std::string& key, http_verdict said) noexcept;

  const nanolib::duration ttl_;
  const nanolib::clock& clock_;
  std::optional<http_question> auth_;
  std::optional<http_question> super_;
  std::optional<http_question> acl_;

  mutable nanolib::mutex mutex_;
  right_cache cache_ NANOLIB_GUARDED_BY(mutex_){most_remembered};
  std::unordered_map<std::string, waiters, text_hash, std::equal_to<>> asking_ NANOLIB_GUARDED_BY(mutex_);
  std::uint64_t cache_hits_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::uint64_t shared_ NANOLIB_GUARDED_BY(mutex_) = 0;  ///< questions that were being asked already
  std::array<std::uint64_t, counted.size()> before_
      NANOLIB_GUARDED_BY(mutex_){};  ///< counted by those whose place this has taken

  http::client client_;  // last: its answers look at the rest
};

}  // namespace nanomq::access
