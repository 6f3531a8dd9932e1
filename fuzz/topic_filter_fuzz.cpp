// Filters and names of any bytes. The first byte is the length of the filter, the rest is filter and name: what is
// accepted obeys the grammar and reads the same a second time, and matching agrees with the words of the standard.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "nanolib/topic/topic.hpp"

namespace {

using namespace nanolib;

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0;;) {
    const std::size_t slash = text.find('/', at);
    all.push_back(text.substr(at, slash - at));
    if (slash == std::string_view::npos) return all;
    at = slash + 1;
  }
}

bool matches_by_the_book(std::string_view filter, std::string_view topic) {
  const auto want = split(filter);
  const auto have = split(topic);
  if (topic[0] == '$' && (want[0] == "+" || want[0] == "#")) return false;
  const bool is_open = want.back() == "#";
  const std::size_t fixed = want.size() - (is_open ? 1 : 0);
  if (is_open ? have.size() < fixed : have.size() != fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (want[i] != "+" && want[i] != have[i]) return false;
  }
  return true;
}

void check_parsed(std::string_view text, const topic_filter& parsed) {
  const std::string prefix = parsed.is_shared() ? "$share/" + std::string(parsed.share_group) + "/" : "";
  require(prefix + std::string(parsed.filter) == text);
  require(!parsed.filter.empty() && parsed.share_group.find_first_of("/+#") == std::string_view::npos);
  require(is_valid_utf8(as_bytes(text)));
  const auto levels = split(parsed.filter);
  require(levels.size() == parsed.levels);
  bool has_wildcard = false;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool is_wildcard = levels[i] == "+" || levels[i] == "#";
    has_wildcard |= is_wildcard;
    require(is_wildcard || levels[i].find_first_of("+#") == std::string_view::npos);
    require(levels[i] != "#" || i + 1 == levels.size());
  }
  require(has_wildcard == parsed.has_wildcard);
  const auto again = parse_topic_filter(parsed.filter);
  require(again && again->filter == parsed.filter && !again->is_shared());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string_view text = rest.substr(0, data[0]);
  const std::string_view topic = rest.substr(text.size());
  const auto parsed = parse_topic_filter(text);
  if (parsed) check_parsed(text, *parsed);
  const topic_fault fault = check_topic_name(topic);
  require((fault == topic_fault::not_utf8) == (!is_valid_utf8(as_bytes(topic)) && topic.size() <= 65'535));
  if (fault != topic_fault::none) return 0;
  require(!topic.empty() && topic.find_first_of("+#") == std::string_view::npos);
  require(matches(topic, topic) && matches("#", topic) == (topic[0] != '$'));
  if (parsed) require(matches(parsed->filter, topic) == matches_by_the_book(parsed->filter, topic));
  return 0;
}
