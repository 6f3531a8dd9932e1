// Any bytes as HOCON, with a file that can be included: nothing breaks and nothing grows without end, complaints are one
// line, and what was read is within the limits.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "nanomq/config/hocon.hpp"

namespace {

using namespace nanomq::config;

constexpr hocon_limits limits{.depth = 16, .bytes = 1U << 16U, .values = 1U << 14U};

void check(bool holds) {
  if (!holds) std::abort();
}

// Every file is this one, which includes another. One variable is there.
class around final : public hocon_surroundings {
 public:
  nanolib::result<std::string> read(const std::string& path, std::string& why) override {
    why = "none";
    if (path.size() % 3 == 0) return std::unexpected(nanolib::error{});
    return "x = 1\ny { z = ${?x} }\ninclude \"" + path + "a\"";
  }
  std::optional<std::string> variable(const std::string& name) override {
    return name == "HOME" ? std::optional<std::string>("/home") : std::nullopt;
  }
};

std::size_t check_value(const hocon_value& value, std::size_t depth) {
  check(depth < 512);
  check(value.keys.size() == (value.is == hocon_value::kind::object ? value.items.size() : 0U));
  std::size_t bytes = value.text.size();
  for (const auto& item : value.items) bytes += check_value(item, depth + 1);
  for (const auto& key : value.keys) check(value.find(key.name) != nullptr);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  around surroundings;
  std::string why;
  const auto document =
      read_hocon(std::string_view(reinterpret_cast<const char*>(data), size), "file", surroundings, why, limits);
  if (!document) {
    check(why.find(": ") != std::string::npos && std::ranges::count(why, '\n') == 0);
    return 0;
  }
  check(document->root.is == hocon_value::kind::object);
  check(check_value(document->root, 0) <= 2 * limits.bytes);
  return 0;
}
