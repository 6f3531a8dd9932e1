#include "nanolib/base/json_object.hpp"

#include <algorithm>
#include <charconv>

#include "json_number.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanolib {
namespace {

constexpr std::size_t most_members = 64;
constexpr std::size_t most_items = 64;
constexpr std::size_t most_values = 256;
constexpr int deepest = 16;

class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  bool read(std::vector<json_member>& into) {
    if (!take('{')) return false;
    if (!take('}')) {
      do {
        if (into.size() >= most_members) return false;
        json_member one;
        if (!string(one.name) || !take(':')) return false;
        blanks();
        const auto before = rest_;
        if (!value(one)) return false;
        one.written = before.substr(0, before.size() - rest_.size());
        if (find_member(into, one.name) != nullptr) return false;
        into.push_back(std::move(one));
      } while (take(','));
      if (!take('}')) return false;
    }
    blanks();
    return rest_.empty();
  }

  bool read_list(std::vector<std::string_view>& into) {
    if (!take('[')) return false;
    if (!take(']')) {
      do {
        blanks();
        const auto before = rest_;
        if (into.size() >= most_values || !skip(0)) return false;
        into.push_back(before.substr(0, before.size() - rest_.size()));
      } while (take(','));
      if (!take(']')) return false;
    }
    blanks();
    return rest_.empty();
  }

 private:
  void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  bool take(char c) {
    blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool value(json_member& into) {
    blanks();
    if (rest_.starts_with('"')) {
      into.is = json_member::kind::text;
      return string(into.text);
    }
    if (rest_.starts_with('[')) return texts(into) || skip(0);
    if (!rest_.empty() && (rest_.front() == '-' || is_json_digit(rest_.front()))) return number(into);
    if (rest_.starts_with("true") || rest_.starts_with("false")) {
      into.is = json_member::kind::truth;
      into.truth = rest_.front() == 't';
    }
    return skip(0);
  }

  // A list of something else is left where it begins.
  bool texts(json_member& into) {
    const auto before = rest_;
    (void)take('[');
    if (!take(']')) {
      do {
        std::string one;
        blanks();
        if (!rest_.starts_with('"') || into.texts.size() >= most_items || !string(one)) {
          rest_ = before;
          into.texts.clear();
          return false;
        }
        into.texts.push_back(std::move(one));
      } while (take(','));
      if (!take(']')) {
        rest_ = before;
        into.texts.clear();
        return false;
      }
    }
    into.is = json_member::kind::texts;
    return true;
  }

  // Only the part before the point is kept, and nothing of a number with an exponent.
  bool number(json_member& into) {
    const auto text = rest_.substr(0, json_number_size(rest_));
    rest_.remove_prefix(text.size());
    if (text.find_first_of("eE") != std::string_view::npos) return true;
    const auto whole = text.substr(0, text.find('.'));
    const auto read = std::from_chars(whole.data(), whole.data() + whole.size(), into.number);
    if (read.ec == std::errc()) into.is = json_member::kind::number;
    return !text.empty();
  }

  bool skip(int depth) {
    blanks();
    if (depth > deepest || rest_.empty()) return false;
    if (rest_.front() == '"') {
      std::string unused;
      return string(unused);
    }
    if (rest_.front() == '{' || rest_.front() == '[') return skip_all(depth);
    if (rest_.front() == '-' || is_json_digit(rest_.front())) {
      json_member unused;
      return number(unused);
    }
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return true;
    }
    return false;
  }

  bool skip_all(int depth) {
    const bool is_object = take('{');
    if (!is_object) (void)take('[');
    const char end = is_object ? '}' : ']';
    if (take(end)) return true;
    do {
      std::string unused;
      if (is_object && (!string(unused) || !take(':'))) return false;
      if (!skip(depth + 1)) return false;
    } while (take(','));
    return take(end);
  }

  bool string(std::string& into) {
    if (!take('"')) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return is_valid_utf8(as_bytes(into));
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        into += c;
      } else if (!escape(into)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& into) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == 'u') return unicode(into);
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    const auto which = names.find(c);
    if (which == std::string_view::npos) return false;
    into += meant[which];
    return true;
  }

  bool four_digits(std::uint32_t& into) {
    if (rest_.size() < 4) return false;
    const auto read = std::from_chars(rest_.data(), rest_.data() + 4, into, 16);
    if (read.ec != std::errc() || read.ptr != rest_.data() + 4) return false;
    rest_.remove_prefix(4);
    return true;
  }

  bool unicode(std::string& into) {
    std::uint32_t point = 0;
    if (!four_digits(point)) return false;
    if (point >= 0xD800 && point < 0xDC00) {
      std::uint32_t low = 0;
      if (!rest_.starts_with("\\u")) return false;
      rest_.remove_prefix(2);
      if (!four_digits(low) || low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
    }
    const auto add = [&](std::uint32_t byte) { into += static_cast<char>(byte); };
    if (point < 0x80) {
      add(point);
    } else if (point < 0x800) {
      add(0xC0 | point >> 6U);
    } else if (point < 0x10000) {
      add(0xE0 | point >> 12U);
      add(0x80 | (point >> 6U & 0x3F));
    } else {
      add(0xF0 | point >> 18U);
      add(0x80 | (point >> 12U & 0x3F));
      add(0x80 | (point >> 6U & 0x3F));
    }
    if (point >= 0x80) add(0x80 | (point & 0x3F));
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::vector<json_member>> read_json_object(std::string_view text) {
  std::vector<json_member> all;
  reader one(text);
  if (!one.read(all)) return std::nullopt;
  return all;
}

std::optional<std::vector<std::string_view>> read_json_list(std::string_view text) {
  std::vector<std::string_view> all;
  reader one(text);
  if (!one.read_list(all)) return std::nullopt;
  return all;
}

const json_member* find_member(const std::vector<json_member>& of, std::string_view name) noexcept {
  const auto found = std::ranges::find(of, name, &json_member::name);
  return found == of.end() ? nullptr : &*found;
}

}  // namespace nanolib
