// Bytes from a server to an answer. Strict: whatever could be read in two ways is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "nanolib/base/bytes.hpp"
#include "nanomq/http/message.hpp"

namespace nanomq::http {

struct response_limits {
  std::size_t max_head = std::size_t{16} << 10U;  ///< of one head; and what chunks may have beside their bytes
  std::size_t max_headers = 100;
  std::size_t max_body = std::size_t{64} << 10U;
};

/// Reads one answer, its interim ones (1xx) left out. Knows no socket. Spec: RFC 9112.
/// Does not look at what the body means. Thread: externally synchronised.
class response_reader {
 public:
  enum class state : std::uint8_t {
    need_more,
    done,
    malformed,
    too_large,
  };

  explicit response_reader(const response_limits& bounds) noexcept : limits_(bounds) {}

  /// Takes what it can use of `input`; the rest is to be shown again, with more behind it. Nothing is taken after `done`.
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] state read(nanolib::bytes input, std::size_t& used);
  /// The connection has ended: `done` when that is what ends the body, `need_more` when the answer was cut.
  [[nodiscard]] state end() noexcept;

  /// Whether anything of an answer has been taken.
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  /// After `done`: whether the connection can take another request.
  [[nodiscard]] bool keeps_alive() const noexcept { return keeps_alive_; }
  [[nodiscard]] response take() noexcept { return std::move(answer_); }

 private:
  enum class part : std::uint8_t { head, sized, chunk_size, chunk, chunk_end, trailer, until_close, over };

  [[nodiscard]] state read_head(std::string_view input, std::size_t& used);
  [[nodiscard]] state begin_body(bool is_chunked, bool is_sized);
  [[nodiscard]] state read_sized(std::string_view input, std::size_t& used);
  [[nodiscard]] state read_line(std::string_view input, std::size_t& used);
  [[nodiscard]] state take_line(std::string_view line);

  response_limits limits_;
  response answer_;
  part at_ = part::head;
  std::size_t left_ = 0;      ///< of the body, or of the chunk
  std::size_t overhead_ = 0;  ///< interim answers, lines of chunks, trailers
  bool has_begun_ = false;
  bool keeps_alive_ = false;
};

}  // namespace nanomq::http
