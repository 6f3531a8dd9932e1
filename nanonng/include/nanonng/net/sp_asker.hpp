// Questions that go out through req0 or surveyor0, many at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/net/sp_message.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanonng::net {

/// Thread: the loop's. May destroy the asker. `which` is what ask() answered.
class sp_answer_handler {
 public:
  /// A peer has taken the question. Not called when none does in time.
  virtual void on_sp_asked(std::uint64_t which) noexcept = 0;
  /// An answer: one with req0, any number with surveyor0.
  virtual void on_sp_answer(std::uint64_t which, sp_message&& what) noexcept = 0;
  /// No further answer will come. Errors: none when req0 has had its answer or the survey's time is over; nng otherwise,
  /// NNG_ETIMEDOUT when there was no answer in time.
  virtual void on_sp_end(std::uint64_t which, nanolib::result<void> how) noexcept = 0;

 protected:
  ~sp_answer_handler() = default;
};

/// Owns: nng contexts, one for each question that may be under way. The socket outlives it.
/// Thread: loop-confined. The destructor waits for nng's callbacks, never for peers.
class sp_asker {
 public:
  /// Errors: nng.
  [[nodiscard]] static nanolib::result<std::unique_ptr<sp_asker>> open(sp_socket& through, sp_answer_handler& handler,
                                                                       std::size_t most) noexcept;
  sp_asker(const sp_asker&) = delete;
  sp_asker& operator=(const sp_asker&) = delete;
  ~sp_asker();

  /// Whether ask() would take a question.
  [[nodiscard]] bool has_room() const noexcept { return !free_.empty(); }
  /// Asks, and waits so long for the answer, or for answers: the question's number. has_room() is true.
  [[nodiscard]] std::uint64_t ask(sp_message&& what, nanolib::duration limit) noexcept;
  [[nodiscard]] std::size_t under_way() const noexcept { return slots_.size() - free_.size(); }

 private:
  class slot;
  class events;
  sp_asker(sp_socket& through, sp_answer_handler& handler) noexcept;

  sp_answer_handler& handler_;
  event_loop& loop_;
  const bool many_;
  std::uint64_t last_ = 0;
  std::unique_ptr<events> events_;
  std::vector<std::unique_ptr<slot>> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace nanonng::net
