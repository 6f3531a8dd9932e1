// PROXY headers of any bytes: what is complete stays so with more behind it, no proper prefix of it is, and addresses
// have the form that logs and rights expect.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nanonng/net/proxy_header.hpp"

namespace {

using namespace nanonng::net;
using state = proxy_header::state;

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

bool is_address(std::string_view text) {
  if (text.empty() || text == "unix") return true;
  return text.find_first_not_of("0123456789abcdef.:[]") == std::string_view::npos &&
         text.find(':') != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const nanolib::bytes bytes = std::as_bytes(std::span(data, size));
  const proxy_header header = read_proxy_header(bytes);
  if (header.what == state::malformed) require(!header.why.empty());
  if (header.what == state::need_more) require(size < largest_proxy_header);
  if (header.what != state::complete) return 0;
  require(header.used <= size && header.used <= largest_proxy_header);
  require(is_address(header.source) && is_address(header.destination));
  require(read_proxy_header(bytes.first(header.used)).source == header.source);
  require(read_proxy_header(bytes.first(header.used - 1)).what == state::need_more);
  return 0;
}
