// Any bytes as a configuration file: nothing breaks, complaints are one line, and what was accepted survives being printed and
// read again.
#include <cstdlib>
#include <string>
#include <string_view>

#include "nanomq/config/document.hpp"

namespace {

using nanomq::config::configuration;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  configuration first;
  std::string why;
  if (!first.read_text(text, "file", why)) {
    check(why.starts_with("file:"));
    return 0;
  }
  configuration second;
  check(second.read_text(print_configuration(first), "printed", why).has_value());
  for (const auto& row : nanomq::config::options()) check(row.get(first.values()) == row.get(second.values()));
  return 0;
}
