// Questions that come in through rep0 or respondent0, many at a time, each answered to the one who asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanonng/net/sp_message.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanonng::net {

/// Which question; good for one answer.
using sp_ticket = std::uint64_t;

/// Thread: the loop's. May destroy the answerer.
class sp_question_handler {
 public:
  /// Somebody asks. Each question ends with answer() or drop().
  virtual void on_sp_question(sp_ticket which, sp_message&& what) noexcept = 0;

 protected:
  ~sp_question_handler() = default;
};

/// Owns: nng contexts, one for each question that may be open. The socket outlives it.
/// Thread: loop-confined. The destructor waits for nng's callbacks, never for peers.
class sp_answerer {
 public:
  /// Beyond `most` open questions nng takes no further ones in. Errors: nng.
  [[nodiscard]] static nanolib::result<std::unique_ptr<sp_answerer>> open(sp_socket& through,
                                                                          sp_question_handler& handler,
                                                                          std::size_t most) noexcept;
  sp_answerer(const sp_answerer&) = delete;
  sp_answerer& operator=(const sp_answerer&) = delete;
  ~sp_answerer();

  /// Answers. Nothing when the ticket is used up. An asker who has gone misses it.
  void answer(sp_ticket which, sp_message&& with) noexcept;
  /// There will be no answer.
  void drop(sp_ticket which) noexcept;
  /// Questions that wait for their answers.
  [[nodiscard]] std::size_t open_questions() const noexcept { return open_questions_; }

 private:
  class slot;
  class events;
  sp_answerer(sp_socket& through, sp_question_handler& handler) noexcept;
  [[nodiscard]] slot* slot_for(sp_ticket which) noexcept;

  sp_question_handler& handler_;
  std::size_t open_questions_ = 0;
  std::unique_ptr<events> events_;
  std::vector<std::unique_ptr<slot>> slots_;
};

}  // namespace nanonng::net
