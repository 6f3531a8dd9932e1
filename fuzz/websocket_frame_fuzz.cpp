// Frames of any bytes. The first byte chooses the side, the limits and how the rest is cut; what is heard is the same in
// one piece and in many, and no data comes that did not arrive.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "nanonng/net/websocket_frame.hpp"

namespace {

using namespace nanonng::net;
using kind = websocket_decoder::event::kind;

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

struct heard {
  std::string data;
  std::string others;  ///< a letter for each other event, with what it carried
  bool operator==(const heard&) const = default;
};

heard decode(std::vector<std::byte> bytes, std::size_t piece, std::uint8_t choice) {
  websocket_limits limits;
  if ((choice & 2U) != 0) limits = {.largest_frame = 100, .most_fragments = 3};
  websocket_decoder decoder((choice & 1U) != 0 ? websocket_decoder::side::server : websocket_decoder::side::client,
                            limits);
  heard all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<std::byte> input = std::span(bytes).subspan(at, std::min(piece, bytes.size() - at));
    for (;;) {
      const std::size_t before = input.size();
      const auto event = decoder.next(input);
      require(input.size() <= before);
      if (event.what == kind::need_more) break;
      if (event.what == kind::data) {
        require(!event.data.empty());
        all.data += nanolib::as_text(event.data);
        continue;
      }
      require(event.data.size() <= 125);
      all.others += static_cast<char>('a' + static_cast<int>(event.what));
      all.others += std::to_string(static_cast<unsigned>(event.code));
      all.others += nanolib::as_text(event.data);
      if (event.what == kind::close || event.what == kind::violation) return all;
    }
    require(input.empty());
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<std::byte> bytes;
  for (std::size_t i = 1; i < size; ++i) bytes.push_back(static_cast<std::byte>(data[i]));
  const heard whole = decode(bytes, bytes.size() + 1, data[0]);
  require(whole.data.size() <= bytes.size());
  require(decode(bytes, 1, data[0]) == whole);
  require(decode(bytes, data[0] % 16U + 2U, data[0]) == whole);
  return 0;
}
