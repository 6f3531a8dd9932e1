#include "erlang_term.hpp"

#include <algorithm>

namespace nanomq::access {
namespace {

constexpr std::size_t deepest = 16;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
}

class term_reader {
 public:
  term_reader(std::string_view text, std::string& why) : text_(text), why_(why) {}

  bool read_all(std::vector<erlang_term>& into) {
    for (skip(); at_ < text_.size(); skip()) {
      if (!read(into.emplace_back(), 0)) return false;
      skip();
      if (!take('.')) return refuse("expected a full stop after }");
    }
    return true;
  }

 private:
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  // White space and comments.
  void skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '%') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
      ++at_;
      if (c != '\n') continue;
      ++line_;
      line_begin_ = at_;
    }
  }
  bool take(char c) {
    if (next() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  bool refuse(std::string_view what) {
    why_ = std::to_string(line_) + ":" + std::to_string(at_ - line_begin_ + 1) + ": " + std::string(what);
    return false;
  }

  bool read(erlang_term& into, std::size_t depth) {
    into.line = line_;
    into.column = static_cast<std::uint32_t>(at_ - line_begin_ + 1);
    if (depth >= deepest) return refuse("terms are nested too deep");
    if (take('{')) return items(into, erlang_term::kind::tuple, '}', depth);
    if (take('[')) return items(into, erlang_term::kind::list, ']', depth);
    if (take('"')) return string(into, '"', erlang_term::kind::text);
    if (take('\'')) return string(into, '\'', erlang_term::kind::atom);
    if (text_.substr(at_).starts_with("<<\"")) {
      at_ += 3;
      if (!string(into, '"', erlang_term::kind::text)) return false;
      return (take('>') && take('>')) || refuse("expected >>");
    }
    while (is_word(next())) into.text += text_[at_++];
    return !into.text.empty() || refuse("expected a rule such as {allow, all}.");
  }

  bool items(erlang_term& into, erlang_term::kind is, char end, std::size_t depth) {
    into.is = is;
    skip();
    while (!take(end)) {
      if (!into.items.empty() && !take(',')) return refuse("expected a comma or a closing bracket");
      skip();
      if (!read(into.items.emplace_back(), depth + 1)) return false;
      skip();
    }
    return true;
  }

  bool string(erlang_term& into, char end, erlang_term::kind is) {
    into.is = is;
    while (!take(end)) {
      if (next() == '\\') ++at_;
      if (at_ >= text_.size() || static_cast<unsigned char>(next()) < 0x20)
        return refuse("a string without its closing quote");
      into.text += text_[at_++];
    }
    return true;
  }

  std::string_view text_;
  std::string& why_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

bool read_erlang_terms(std::string_view text, std::vector<erlang_term>& into, std::string& why) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return term_reader(text, why).read_all(into);
}

}  // namespace nanomq::access
