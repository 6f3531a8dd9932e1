// Mosquitto looks at a user's own topics first, those that are denied before the others, then at the patterns likewise.
#include <algorithm>

#include "nanomq/access/rule_reader.hpp"
#include "short_placeholders.hpp"

namespace nanomq::access {
namespace {

constexpr std::size_t longest_line = 65'536;

std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(end);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return word;
}

struct line_reader {
  std::vector<rule> topics;
  std::vector<rule> patterns;
  condition who{.is = condition::kind::anonymous};  // until a user is named
  std::string why;

  bool refuse(std::string_view what) {
    why = what;
    return false;
  }

  bool read(std::string_view line, const std::string& place) {
    const auto word = take_word(line);
    if (word == "user") {
      if (line.empty()) return refuse("user without a name");
      who = {.is = condition::kind::user, .text = std::string(line)};
      return true;
    }
    if (word != "topic" && word != "pattern") return refuse("expected user, topic or pattern");
    rule one{.allow = true, .place = place};
    auto rest = line;
    const auto access = take_word(rest);
    const bool has_access =
        !rest.empty() && (access == "read" || access == "write" || access == "readwrite" || access == "deny");
    // As mosquitto has it: a topic with blanks in it needs the word in front.
    if (!rest.empty() && !has_access) return refuse("access is read, write, readwrite or deny");
    if (has_access) {
      line = rest;
      one.allow = access != "deny";
      one.publish = access != "read";
      one.subscribe = access != "write";
    }
    if (line.empty()) return refuse("a line without a topic");
    if (line.starts_with('@')) return refuse("a topic cannot begin with @ here");
    if (word == "pattern") {
      one.topics.push_back(with_placeholders(line));
      patterns.push_back(std::move(one));
    } else if (line.find("${") != std::string_view::npos) {
      return refuse("a topic cannot contain ${ here");
    } else {
      one.topics.emplace_back(line);
      one.who = who;
      topics.push_back(std::move(one));
    }
    return true;
  }
};

}  // namespace

nanolib::result<written_rules> read_mosquitto_rules(std::string_view text, const std::string& path, std::string& why) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  line_reader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto place = path + ":" + std::to_string(number);
    if (line.size() > longest_line || !reader.read(line, place)) {
      why = place + ": " + (line.size() > longest_line ? "a line of more than 64 KiB" : reader.why);
      return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
    }
  }
  written_rules out{.rules = {}, .denies_unmatched = true};
  for (auto* rules : {&reader.topics, &reader.patterns}) {
    for (const bool allow : {false, true})
      std::ranges::copy_if(*rules, std::back_inserter(out.rules), [=](const rule& one) { return one.allow == allow; });
  }
  return out;
}

}  // namespace nanomq::access
