// Messages through an SP socket that are no questions: pub0, sub0, push0, pull0, pair0, pair1, bus0.
//
// In: nng's thread takes what there is and goes on taking until the bound is reached. Then, where the protocol waits (pull,
// pair), nothing more is taken until half has been handed on, and the peers' sending comes to rest; where it doesn't (sub,
// bus), the oldest go and are counted.
// Out: a message is with nng until a peer has taken it (push, pair) or nng has put it before those who are there (pub, bus).
// Which numbers have been taken is told in the order of sending, and soon if somebody waits for it; else when there is room
// for many again, so that a stream of messages does not wake the loop for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "nanolib/base/result.hpp"
#include "nanonng/net/sp_message.hpp"
#include "nanonng/net/sp_socket.hpp"

namespace nanonng::net {

/// Thread: the loop's. May destroy the stream.
class sp_stream_handler {
 public:
  /// There is something to take(). Not told again before it has been taken down to nothing.
  virtual void on_sp_arrival() noexcept = 0;
  /// The messages up to this number have been taken, in order; there may be room again. Told when one has been taken that is
  /// awaited, and after has_room() or unsent() have said that there is no room, or more under way. Not called for pub and bus,
  /// which take at once.
  virtual void on_sp_taken(std::uint64_t up_to) noexcept = 0;

 protected:
  ~sp_stream_handler() = default;
};

struct sp_stream_options {
  std::size_t received_messages = 1'024;           ///< that wait to be taken
  std::size_t received_bytes = 16U * 1024 * 1024;  ///< of them
  std::size_t sent_messages = 64;                  ///< that nng has and nobody has taken
  std::size_t sent_bytes = 16U * 1024 * 1024;      ///< of them; one may exceed it when there is no other
  /// push and pair: a message is taken when it is in nng's send buffer, of `sent_messages`, and not only when a peer's connection
  /// has it. nng calls nobody for it then. What is in the buffer when the socket closes is lost.
  bool buffered = false;
};

/// Owns: its nng aios and the messages in them. The socket outlives it.
/// Thread: loop-confined, but figures(). The destructor waits for nng's callbacks, never for peers.
class sp_stream {
 public:
  /// Begins to receive, if the protocol does. Errors: nng (out of memory).
  [[nodiscard]] static nanolib::result<std::unique_ptr<sp_stream>> open(sp_socket& through, sp_stream_handler& handler,
                                                                        const sp_stream_options& options = {}) noexcept;
  sp_stream(const sp_stream&) = delete;
  sp_stream& operator=(const sp_stream&) = delete;
  ~sp_stream();

  /// The oldest message that has come; none.
  [[nodiscard]] sp_message take() noexcept;

  /// Whether send() would take a message.
  [[nodiscard]] bool has_room() const noexcept;
  /// Gives nng a message: its number, counted from 1. The protocol sends, has_room() is true. Unless it is `awaited` nobody is
  /// woken when it has been taken.
  [[nodiscard]] std::uint64_t send(sp_message&& what, bool awaited = true) noexcept;
  /// The messages up to this number are known to have been taken: with pub and bus all that were sent.
  [[nodiscard]] std::uint64_t taken() const noexcept;
  /// Messages that nng has and nobody has taken.
  [[nodiscard]] std::size_t unsent() const noexcept;

  struct figures {
    std::uint64_t received = 0;  ///< messages that came
    std::uint64_t overrun = 0;   ///< of them, dropped because newer ones came (sub, bus)
    std::uint64_t taken = 0;     ///< messages that went
    std::uint64_t unheard = 0;   ///< of them, when there was no peer (pub, bus)
    std::uint64_t failed = 0;    ///< messages that nng gave up, because the socket closed or memory was short
  };
  [[nodiscard]] figures count() const noexcept;

 private:
  class input;
  class output;
  sp_stream() noexcept;

  std::unique_ptr<input> input_;
  std::unique_ptr<output> output_;
};

}  // namespace nanonng::net
