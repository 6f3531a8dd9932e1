#include "stamp.hpp"

#include <algorithm>
#include <cstring>

namespace nanomq::crash {
namespace {

std::size_t size_of(const stamp& what, std::size_t usual_size) noexcept {
  constexpr std::size_t some_thousand = 3'000;
  constexpr std::size_t some_ten_thousand = 40'000;
  const std::uint32_t number = what.sequence + what.stream;
  if (number % 1'009 == 1'008) return some_ten_thousand;
  if (number % 61 == 60) return some_thousand;
  return std::max(usual_size, sizeof(stamp));
}

/// A different run of bytes for each message (SplitMix64).
class filler {
 public:
  explicit filler(const stamp& what) noexcept : state_(std::uint64_t{what.stream} << 32U | what.sequence) {}
  std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t value = state_;
    value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
    value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
    return value ^ value >> 31U;
  }

 private:
  std::uint64_t state_;
};

}  // namespace

std::vector<std::byte> make_payload(const stamp& what, std::size_t usual_size) {
  std::vector<std::byte> out(size_of(what, usual_size));
  std::memcpy(out.data(), &what, sizeof what);
  filler bytes{what};
  for (std::size_t at = sizeof what; at < out.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t part = bytes.next();
    std::memcpy(out.data() + at, &part, std::min(sizeof part, out.size() - at));
  }
  return out;
}

std::optional<stamp> read_payload(nanolib::bytes payload, std::size_t usual_size) noexcept {
  stamp out;
  if (payload.size() < sizeof out) return std::nullopt;
  std::memcpy(&out, payload.data(), sizeof out);
  if (payload.size() != size_of(out, usual_size)) return std::nullopt;
  filler bytes{out};
  for (std::size_t at = sizeof out; at < payload.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t part = bytes.next();
    if (std::memcmp(payload.data() + at, &part, std::min(sizeof part, payload.size() - at)) != 0) return std::nullopt;
  }
  return out;
}

}  // namespace nanomq::crash
