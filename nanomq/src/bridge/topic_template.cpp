#include "nanomq/bridge/topic_template.hpp"

#include <algorithm>
#include <charconv>

#include "nanolib/topic/topic.hpp"

namespace nanomq::bridge {
namespace {

// Where level `number` begins, or npos.
std::size_t begin_of_level(std::string_view topic, std::uint32_t number) noexcept {
  std::size_t at = 0;
  for (std::uint32_t level = 1; level < number; ++level) {
    at = topic.find('/', at);
    if (at == std::string_view::npos) return at;
    ++at;
  }
  return at;
}

}  // namespace

std::expected<topic_template::piece, std::string> topic_template::read_place(std::string_view inside) {
  if (inside == "topic") return piece{.what = piece::kind::whole};
  const bool rest = inside.ends_with('-');
  const auto digits = inside.substr(0, inside.size() - (rest ? 1 : 0));
  piece made{.what = rest ? piece::kind::rest : piece::kind::level};
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), made.level);
  if (fault != std::errc() || end != digits.data() + digits.size() || made.level == 0) {
    return std::unexpected("{" + std::string(inside) + "} is none of {topic}, {1} and {1-}");
  }
  return made;
}

std::expected<topic_template, std::string> topic_template::parse(std::string_view text) {
  topic_template made;
  const auto add_text = [&made](char c) {
    if (made.pieces_.empty() || made.pieces_.back().what != piece::kind::text) made.pieces_.push_back({});
    made.pieces_.back().text += c;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      add_text(c);
    } else if (text.substr(at + 1, 1) == text.substr(at, 1)) {
      add_text(c);
      ++at;
    } else if (c == '}') {
      return std::unexpected("a } without its {");
    } else {
      const auto end = text.find('}', at);
      if (end == std::string_view::npos) return std::unexpected("a { without its }");
      auto place = read_place(text.substr(at + 1, end - at - 1));
      if (!place) return std::unexpected(std::move(place.error()));
      made.pieces_.push_back(*std::move(place));
      at = end;
    }
  }
  return made;
}

bool topic_template::is_constant() const noexcept {
  return std::ranges::all_of(pieces_, [](const piece& one) { return one.what == piece::kind::text; });
}

bool topic_template::expand_into(std::string& out, std::string_view topic) const {
  for (const piece& one : pieces_) {
    if (one.what == piece::kind::text) {
      out += one.text;
    } else if (one.what == piece::kind::whole) {
      out += topic;
    } else {
      const auto begin = begin_of_level(topic, one.level);
      if (begin == std::string_view::npos) return false;
      const auto end = one.what == piece::kind::rest ? topic.size() : std::min(topic.find('/', begin), topic.size());
      out += topic.substr(begin, end - begin);
    }
  }
  return true;
}

}  // namespace nanomq::bridge
