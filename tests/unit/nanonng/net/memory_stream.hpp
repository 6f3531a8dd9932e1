// Two streams in memory whose ends are each other's, with the ways a network has to be difficult: little room, small
// pieces, an end at any byte.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanonng/net/stream.hpp"

namespace nanonng::net::test {

/// One direction. The test may look at it and change it.
struct memory_pipe {
  std::string bytes;                          ///< on their way
  std::string all;                            ///< everything that was ever written
  std::size_t room = std::string::npos;       ///< how much may be on its way
  std::size_t most_read = std::string::npos;  ///< by one call
  std::size_t most_written = std::string::npos;
  bool ended = false;
  bool broken = false;  ///< reset by the peer
  int reads = 0;
};

class memory_stream final : public stream {
 public:
  memory_stream(std::shared_ptr<memory_pipe> in, std::shared_ptr<memory_pipe> out) noexcept
      : in_(std::move(in)), out_(std::move(out)) {}
  ~memory_stream() override { out_->ended = true; }

  io_result read(std::span<std::byte> into) noexcept override {
    ++in_->reads;
    if (in_->broken) return {io_result::outcome::failed, 0, {nanolib::error_domain::sys, ECONNRESET}};
    const std::size_t size = std::min({into.size(), in_->bytes.size(), in_->most_read});
    if (size == 0) return {in_->ended ? io_result::outcome::closed : io_result::outcome::would_block, 0, {}};
    std::memcpy(into.data(), in_->bytes.data(), size);
    in_->bytes.erase(0, size);
    return {io_result::outcome::moved, size, {}};
  }
  io_result write(std::span<const iovec> from) noexcept override {
    if (out_->broken) return {io_result::outcome::failed, 0, {nanolib::error_domain::sys, EPIPE}};
    std::size_t left = std::min(out_->room - std::min(out_->room, out_->bytes.size()), out_->most_written);
    std::size_t moved = 0;
    for (const iovec& part : from) {
      const std::size_t now = std::min(left, part.iov_len);
      out_->bytes.append(static_cast<const char*>(part.iov_base), now);
      out_->all.append(static_cast<const char*>(part.iov_base), now);
      left -= now;
      moved += now;
    }
    if (moved == 0) return {};
    return {io_result::outcome::moved, moved, {}};
  }
  void finish() noexcept override { out_->ended = true; }
  [[nodiscard]] int descriptor() const noexcept override { return -1; }
  [[nodiscard]] std::string peer() const override { return "192.0.2.1:4711"; }

 private:
  std::shared_ptr<memory_pipe> in_;
  std::shared_ptr<memory_pipe> out_;
};

struct memory_pair {
  std::shared_ptr<memory_pipe> to_left = std::make_shared<memory_pipe>();
  std::shared_ptr<memory_pipe> to_right = std::make_shared<memory_pipe>();
  [[nodiscard]] std::unique_ptr<stream> left() const { return std::make_unique<memory_stream>(to_left, to_right); }
  [[nodiscard]] std::unique_ptr<stream> right() const { return std::make_unique<memory_stream>(to_right, to_left); }
};

/// A stream as its owner drives it: output kept until it is taken, input collected, hints obeyed.
class stream_driver {
 public:
  explicit stream_driver(std::unique_ptr<stream> of, std::size_t buffer = 256U * 1024)
      : stream_(std::move(of)), buffer_(buffer) {}

  void put(std::string_view text) { pending_ += text; }
  /// One read and one write. Whether anything moved.
  bool step() {
    const bool got = pull();
    return push() || got;
  }
  bool pull() {
    bool any = false;
    for (int reads = 0; reads < 64 && !over(); ++reads) {
      const io_result result = stream_->read(buffer_);
      note(result);
      if (result.what == io_result::outcome::moved) {
        received.append(nanolib::as_text(nanolib::bytes(buffer_).first(result.bytes)));
        any = true;
      }
      if ((result.hints & io_result::read_again) == 0) break;
    }
    return any;
  }
  bool push() {
    if (over() || (pending_.empty() && (stream_->wants() & io_result::room) == 0)) return false;
    // In parts of different sizes, as an output queue has them.
    std::vector<iovec> parts;
    for (std::size_t at = 0; at < pending_.size() && parts.size() < 64;) {
      const std::size_t size =
          std::min(pending_.size() - at, parts.size() % 3 == 2 ? std::size_t{20'000} : at % 97 + 1);
      parts.push_back({pending_.data() + at, size});
      at += size;
    }
    const io_result result = stream_->write(parts);
    if (result.what == io_result::outcome::moved) pending_.erase(0, result.bytes);
    last_hints = result.hints;
    note(result);
    return result.what == io_result::outcome::moved && result.bytes != 0;
  }
  [[nodiscard]] bool over() const { return closed || failed; }
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  [[nodiscard]] stream& operator*() const { return *stream_; }
  [[nodiscard]] stream* operator->() const { return stream_.get(); }
  void drop() { stream_.reset(); }

  std::string received;
  bool closed = false;
  bool failed = false;
  nanolib::error why{};
  std::uint8_t last_hints = io_result::none;

 private:
  void note(const io_result& result) {
    closed = closed || result.what == io_result::outcome::closed;
    if (result.what == io_result::outcome::failed) {
      failed = true;
      why = result.error;
    }
  }

  std::unique_ptr<stream> stream_;
  std::vector<std::byte> buffer_;
  std::string pending_;
};

/// Lets both sides work until nothing has moved for some rounds (a record may need many that its owner does not see).
inline void run(stream_driver& one, stream_driver& other, int most_idle = 4) {
  for (int idle = 0; idle < most_idle;) {
    const bool first = one.step();
    const bool second = other.step();
    idle = first || second ? 0 : idle + 1;
  }
}

}  // namespace nanonng::net::test
