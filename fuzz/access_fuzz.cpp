// Any bytes as a file of rules or of passwords: nothing breaks, complaints are one line, and a subscription that rules
// allow is never delivered what they deny to publishers of the same name.
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "nanolib/topic/topic.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/access/rule_reader.hpp"
#include "nanomq/access/rule_set.hpp"

namespace {

using namespace nanomq::access;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_complaint(std::string_view why) {
  check(why.starts_with("file:"));
  check(why.find('\n') == std::string_view::npos);
}

// What is allowed by a filter is allowed by each topic of it that no rule ahead denies.
void check_rules(const rule_set& rules, const subject& who) {
  constexpr std::array<std::string_view, 8> filters{"#", "+", "a/#", "a/+", "+/b", "a/b", "$SYS/#", "a/c/#"};
  constexpr std::array<std::string_view, 8> topics{"a", "a/b", "a/c", "c", "c/b", "a/c/d", "$SYS/a", "$x"};
  for (const auto filter : filters) {
    const auto asked = rules.check_subscribe(who, filter);
    check(rules.explain(asked).find('\n') == std::string::npos);
    for (const auto topic : topics) {
      const auto alone = rules.check_subscribe(who, topic);
      if (!asked.allowed || !nanolib::matches(filter, topic)) continue;
      const bool received = rules.may_receive(who, topic, asked);
      // A deny that is about the topic alone and stands ahead of what allows the filter keeps the message away.
      const bool ahead = asked.why != decision::reason::rule || alone.rule < asked.rule;
      if (alone.why == decision::reason::rule && !alone.allowed && ahead) check(!received);
      check(asked.partly || received);
    }
    check(!rules.check_publish(who, "$SYS/x").allowed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string why;
  if (auto read = read_rules(text, "file", why)) {
    if (const auto rules = rule_set::compile(std::move(read->rules), false, why)) {
      for (const std::string_view name : {"", "u", "+", "a/b", "#", "$SYS"}) {
        check_rules(*rules, {name, "c", *parse_address("10.0.0.1")});
        check_rules(*rules, {"u", name, *parse_address("::1")});
      }
    }
  } else {
    check_complaint(why);
  }
  if (const auto file = password_file::read(text, "file", why)) {
    const auto again = password_file::read(file->text(), "file", why);
    check(again && again->size() == file->size());
  } else {
    check_complaint(why);
  }
  return 0;
}
