#include "wal_scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>
#include <span>

#include "nanolib/base/bytes.hpp"

namespace nanolib {

namespace {

constexpr std::size_t header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;

std::uint32_t number_at(bytes from, std::size_t at) noexcept {
  std::uint32_t value = 0;
  for (std::size_t byte = 0; byte < 4; ++byte) value = value << 8U | std::to_integer<std::uint32_t>(from[at + byte]);
  return value;
}

std::uint32_t swapped(std::uint32_t value) noexcept {
  return value << 24U | (value & 0xFF00U) << 8U | (value >> 8U & 0xFF00U) | value >> 24U;
}

/// SQLite's running checksum. The words are read in the order that the header names.
struct running_sum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  bool big_endian = false;

  void add(bytes data) noexcept {
    for (std::size_t at = 0; at + 8 <= data.size(); at += 8) {
      std::uint32_t left = number_at(data, at);
      std::uint32_t right = number_at(data, at + 4);
      if (!big_endian) {
        left = swapped(left);
        right = swapped(right);
      }
      first += left + second;
      second += right + first;
    }
  }
  [[nodiscard]] bool is(bytes from, std::size_t at) const noexcept {
    return number_at(from, at) == first && number_at(from, at + 4) == second;
  }
};

class open_file {
 public:
  explicit open_file(const char* path) noexcept : descriptor_(::open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (is_open()) ::close(descriptor_);
  }
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  /// How much could be read; less than asked for at the end of the file.
  [[nodiscard]] std::size_t read(std::span<std::byte> into) const noexcept {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const ssize_t got = ::read(descriptor_, into.data() + filled, into.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

 private:
  int descriptor_;
};

}  // namespace

result<log_tail> scan_log(const std::string& path) noexcept {
  const open_file file(path.c_str());
  if (!file.is_open()) {
    if (errno == ENOENT) return log_tail{};
    return std::unexpected(last_system_error());
  }
  std::array<std::byte, header_bytes> header;
  if (file.read(header) < header.size()) return log_tail{};
  running_sum sum{.big_endian = (number_at(header, 0) & 1U) != 0};
  sum.add(bytes(header).first(24));
  bool sound = sum.is(header, 24);
  // With the header gone, the pages are taken to be of the size that we write.
  const std::uint32_t page = sound ? number_at(header, 8) : 4096;
  if (page < 512 || page > 65'536) return log_tail{};
  const std::unique_ptr<std::byte[]> memory(new (std::nothrow) std::byte[frame_header_bytes + page]);
  if (!memory) return std::unexpected(error{error_domain::sys, ENOMEM});
  const std::span frame(memory.get(), frame_header_bytes + page);
  log_tail tail;
  std::uint64_t commits = 0;
  for (;;) {
    const std::size_t size = file.read(frame);
    if (size < 16) break;
    const bool same_generation = std::ranges::equal(frame.subspan(8, 8), std::span(header).subspan(16, 8));
    if (size < frame.size()) {
      // What comes next may make a whole frame of it.
      tail.is_torn = tail.is_torn || same_generation;
      break;
    }
    if (sound) {
      sum.add(frame.first(8));
      sum.add(frame.subspan(frame_header_bytes));
      sound = same_generation && sum.is(frame, 16);
    }
    const bool is_commit = number_at(frame, 4) != 0;
    if (sound || !same_generation) continue;
    tail.is_torn = true;
    if (is_commit) ++commits;
  }
  tail.lost_commits = commits > 1 ? commits - 1 : 0;
  return tail;
}

}  // namespace nanolib
