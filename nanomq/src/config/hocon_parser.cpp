#include <algorithm>

#include "hocon_scanner.hpp"
#include "nanolib/base/bytes.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::config {
namespace {

using kind = hocon_node::kind;
using index = std::uint32_t;

constexpr std::string_view want_quotes = "put the value in double quotes: outside of them it cannot contain ";
constexpr std::string_view not_alone = "a list or an object cannot follow text in a value";

// What all the files of a document have in common.
struct reading {
  hocon_surroundings& surroundings;
  const hocon_limits& limits;
  hocon_tree& tree;
  hocon_complaint& complaint;
  std::vector<std::string> open = {};  // the files that are being read, outermost first
  std::size_t bytes = 0;
};

// One file. The recursion is bounded by the limits of depth.
class file_parser {
 public:
  file_parser(reading& shared, std::string_view text, index file, hocon_path where)
      : shared_(shared), scanner_(text, file, shared.complaint), where_(std::move(where)), prefix_(where_.size()) {}

  // The whole file, into an object.
  bool parse(index object) {
    (void)scanner_.skip_lines();
    if (scanner_.next() == '[') return scanner_.refuse("a configuration is keys and values, not a list");
    const bool braces = scanner_.take("{");
    if (!fields(object, braces)) return false;
    if (!braces) return true;
    (void)scanner_.skip_lines();
    return scanner_.at_end() || scanner_.refuse("something follows the closing brace");
  }

 private:
  hocon_node& node(index which) { return shared_.tree.nodes[which]; }
  bool add(kind is, const hocon_place& place, index& made) {
    if (shared_.tree.nodes.size() >= shared_.limits.values) return scanner_.refuse(place, "too many values");
    made = shared_.tree.add(is, place);
    return true;
  }
  [[nodiscard]] bool too_deep() const { return where_.size() + lists_ > shared_.limits.depth; }

  // Up to the closing brace, which it takes, or to the end of the file.
  bool fields(index object, bool braces) {
    for (;;) {
      (void)scanner_.skip_lines();
      if (scanner_.at_end()) return !braces || scanner_.refuse("a { without its }");
      if (scanner_.next() == '}') {
        if (!braces) return scanner_.refuse("a } without its {");
        scanner_.advance();
        return true;
      }
      if (!field(object)) return false;
      const bool line_ended = scanner_.skip_lines();
      const bool comma = scanner_.take(",");
      if (!line_ended && !comma && !scanner_.at_end() && scanner_.next() != '}') return stray();
    }
  }
  // A character that can neither go on nor end a value.
  bool stray() {
    std::string text(want_quotes);
    return scanner_.refuse(text + scanner_.next());
  }

  bool field(index object) {
    const auto place = scanner_.here();
    if (scanner_.sees("include") && !is_word_after_include()) return include(object);
    hocon_path path;
    if (!key(path)) return false;
    const auto depth = where_.size();
    where_.insert(where_.end(), path.begin(), path.end());
    const auto behind = scanner_.here();
    bool good = !too_deep() || scanner_.refuse(place, "objects and lists are nested too deep");
    (void)scanner_.skip_lines();
    index made = 0;
    if (!good) return false;
    if (scanner_.next() == '{') {
      good = value(made);
    } else if (scanner_.take("+=")) {
      good = lists_ == 0 ? appended(place, made) : scanner_.refuse(place, "+= does not work inside a list");
    } else if (scanner_.take("=") || scanner_.take(":")) {
      (void)scanner_.skip_lines();
      good = value(made);
    } else {
      good = scanner_.refuse(behind, no_equals(path));
    }
    where_.resize(depth);
    return good && put(object, path, place, made);
  }
  // Words without = are what mosquitto's file has.
  static std::string_view no_equals(const hocon_path& key) {
    const std::string_view words = key[0];
    const auto first = words.substr(0, words.find(' '));
    const bool mosquittos =
        first.size() < words.size() && (first == "listener" || first == "port" || first == "allow_anonymous" ||
                                        first == "persistence" || first == "password_file" || first == "acl_file");
    return mosquittos ? "expected = after the key; this looks like mosquitto.conf, and the form here is nanomq.conf's "
                        "(see config.md)"
                      : "expected = after the key";
  }
  // "include" as the beginning of a longer key.
  [[nodiscard]] bool is_word_after_include() const {
    auto after = scanner_;
    after.advance(std::string_view("include").size());
    return after.at_unquoted();
  }

  bool key(hocon_path& into) {
    const auto begin = scanner_.here();
    std::string element;
    bool quoted = false;
    for (;;) {
      if (scanner_.next() == '"') {
        quoted = true;
        if (!scanner_.take_string(element)) return false;
      } else if (scanner_.next() == '.') {
        if (element.empty() && !quoted) return scanner_.refuse(begin, "an empty part in a key");
        into.push_back(std::move(element));
        element.clear();
        quoted = false;
        scanner_.advance();
      } else if (scanner_.at_unquoted()) {
        element += scanner_.take_unquoted('.');
      } else {
        const auto blanks = scanner_.skip_blanks();
        if (blanks.empty() || !(scanner_.at_unquoted() || scanner_.next() == '"')) break;
        element += blanks;
      }
    }
    if (element.empty() && !quoted)
      return scanner_.refuse(into.empty() ? "expected a key such as mqtt.max_packet_size" : "an empty part in a key");
    into.push_back(std::move(element));
    return true;
  }

  // Sets a key, given as a path, in an object: merges, replaces, or stacks what may refer to what is there.
  bool put(index object, const hocon_path& path, const hocon_place& place, index made) {
    shared_.tree.speaks[place.file] = true;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const auto found = hocon_key_index(node(object).keys, path[i]);
      if (found < node(object).keys.size() && node(node(object).children[found]).is == kind::object) {
        if (node(made).live) node(object).live = true;
        object = node(object).children[found];
        continue;
      }
      // a.b.c = 1 is a { b { c = 1 } } from here on.
      for (std::size_t j = path.size(); --j > i;) {
        index outer = 0;
        if (!add(kind::object, place, outer)) return false;
        node(outer).keys.push_back({path[j], place});
        node(outer).children.push_back(made);
        node(outer).live = node(made).live;
        made = outer;
      }
      return put_one(object, path[i], place, made);
    }
    return put_one(object, path.back(), place, made);
  }

  bool put_one(index object, const std::string& name, const hocon_place& place, index made) {
    if (node(made).live) node(object).live = true;
    const auto found = hocon_key_index(node(object).keys, name);
    if (found == node(object).keys.size()) {
      if (found >= shared_.limits.keys) return scanner_.refuse(place, "too many keys in one object");
      node(object).keys.push_back({name, place});
      node(object).children.push_back(made);
      return true;
    }
    node(object).keys[found].place = place;
    const auto old = node(object).children[found];
    if (node(old).is == kind::object && node(made).is == kind::object) return merge(old, made);
    const bool needs_history = node(made).live || (node(made).is == kind::object && node(old).live);
    if (!needs_history) {
      node(object).children[found] = made;
      return true;
    }
    index stack = old;
    if (node(old).is != kind::stacked) {
      if (!add(kind::stacked, node(old).place, stack)) return false;
      node(stack).live = true;
      node(stack).children.push_back(old);
      node(object).children[found] = stack;
    }
    node(stack).children.push_back(made);
    return true;
  }

  bool merge(index into, index from) {
    const auto keys = node(from).keys;
    const auto children = node(from).children;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!put_one(into, keys[i].name, keys[i].place, children[i])) return false;
    }
    return true;
  }

  // a += b is a = ${?a} [b].
  bool appended(const hocon_place& place, index& made) {
    index item = 0;
    index list = 0;
    index before = 0;
    (void)scanner_.skip_lines();
    if (!value(item) || !add(kind::list, node(item).place, list) || !add(kind::substitution, place, before) ||
        !add(kind::joined, place, made))
      return false;
    node(list).children = {item};
    node(before).path = where_;
    node(before).optional = true;
    node(before).live = true;
    node(made).children = {before, list};
    node(made).live = true;
    return true;
  }

  // A value up to the end of its line, a comma or a closing bracket: one piece, or several that are joined.
  bool value(index& made) {
    const auto begin = scanner_.here();
    std::vector<index> pieces;
    for (;;) {
      const auto place = scanner_.here();
      const auto blanks = scanner_.skip_blanks();
      const char c = scanner_.next();
      if (scanner_.at_end() || c == '\n' || c == ',' || c == '}' || c == ']' || scanner_.at_comment()) break;
      if (!blanks.empty() && !pieces.empty()) {
        index space = 0;
        if (!add(kind::space, place, space)) return false;
        node(space).text = blanks;
        pieces.push_back(space);
      }
      index one = 0;
      if (!piece(one, pieces)) return false;
      pieces.push_back(one);
    }
    if (pieces.empty()) return scanner_.refuse("expected a value");
    made = pieces.front();
    if (pieces.size() == 1) return true;
    if (!add(kind::joined, begin, made)) return false;
    for (const auto one : pieces) node(made).live = node(made).live || node(one).live;
    node(made).children = std::move(pieces);
    return true;
  }

  bool piece(index& made, const std::vector<index>& before) {
    const auto place = scanner_.here();
    const char c = scanner_.next();
    if (c == '{' || c == '[') {
      const auto is_text = [&](index one) { return node(one).is == kind::text || node(one).is == kind::null; };
      if (std::ranges::any_of(before, is_text)) return scanner_.refuse(not_alone);
      return c == '{' ? object(made) : list(made);
    }
    if (c == '$') return substitution(made);
    if (!add(kind::text, place, made)) return false;
    if (c == '"') {
      std::string text;
      if (!scanner_.take_string(text)) return false;
      node(made).text = std::move(text);
      node(made).quoted = true;
      return true;
    }
    if (!scanner_.at_unquoted()) return stray();
    node(made).text = scanner_.take_unquoted();
    if (node(made).text == "null") node(made).is = kind::null;
    return true;
  }

  bool object(index& made) {
    const auto place = scanner_.here();
    scanner_.advance();
    return add(kind::object, place, made) && fields(made, true);
  }

  bool list(index& made) {
    const auto place = scanner_.here();
    scanner_.advance();
    if (!add(kind::list, place, made)) return false;
    ++lists_;
    if (too_deep()) return scanner_.refuse(place, "objects and lists are nested too deep");
    for (;;) {
      (void)scanner_.skip_lines();
      if (scanner_.take("]")) break;
      if (scanner_.at_end()) return scanner_.refuse(place, "a [ without its ]");
      index item = 0;
      if (!value(item)) return false;
      node(made).children.push_back(item);
      node(made).live = node(made).live || node(item).live;
      const bool line_ended = scanner_.skip_lines();
      const bool comma = scanner_.take(",");
      if (!line_ended && !comma && scanner_.next() != ']') return scanner_.refuse("expected , or ] in a list");
    }
    --lists_;
    return true;
  }

  bool substitution(index& made) {
    const auto place = scanner_.here();
    if (!scanner_.take("${")) return scanner_.refuse(std::string(want_quotes) + "$ (a substitution is written ${key})");
    if (!add(kind::substitution, place, made)) return false;
    const bool optional = scanner_.take("?");
    (void)scanner_.skip_blanks();
    hocon_path path(where_.begin(), where_.begin() + static_cast<std::ptrdiff_t>(prefix_));
    if (!key(path)) return false;
    if (!scanner_.take("}")) return scanner_.refuse("a ${ without its }");
    auto& one = node(made);
    one.optional = optional;
    one.live = true;
    one.prefix = static_cast<std::uint32_t>(prefix_);
    one.path = std::move(path);
    return true;
  }

  // include "f", include file("f"), include required("f"), include required(file("f")).
  bool include(index object) {
    const auto place = scanner_.here();
    scanner_.advance(std::string_view("include").size());
    (void)scanner_.skip_lines();
    int brackets = 0;
    while (scanner_.next() != '"') {
      if (scanner_.take("required(") || scanner_.take("file(")) {
        ++brackets;
      } else if (scanner_.sees("url(") || scanner_.sees("classpath(") || scanner_.sees("package(")) {
        return scanner_.refuse("only files are included: include \"FILE\"");
      } else {
        return scanner_.refuse("expected the name of a file in double quotes: include \"FILE\"");
      }
      (void)scanner_.skip_lines();
    }
    std::string name;
    if (!scanner_.take_string(name)) return false;
    for (; brackets > 0; --brackets) {
      (void)scanner_.skip_lines();
      if (!scanner_.take(")")) return scanner_.refuse("a ( without its )");
    }
    if (lists_ > 0) return scanner_.refuse(place, "an include inside a list");
    return read_included(object, place, name);
  }
  bool read_included(index object, const hocon_place& place, const std::string& name);

  reading& shared_;
  hocon_scanner scanner_;
  hocon_path where_;          // the keys of the objects around, from the root of the document
  const std::size_t prefix_;  // of those, the ones around the include
  std::size_t lists_ = 0;     // lists around, which no path leads into
};

std::string beside(const std::string& file, const std::string& name) {
  if (name.starts_with('/')) return name;
  return file.substr(0, file.rfind('/') + 1) + name;  // npos + 1 is 0
}

bool is_text(reading& shared, std::string_view text, index file) {
  shared.bytes += text.size();
  shared.complaint.place = {file, 1, 1};
  if (shared.bytes > shared.limits.bytes) {
    shared.complaint.text = "too large, with what it includes";
    return false;
  }
  if (nanolib::is_valid_utf8(nanolib::as_bytes(text))) return true;
  shared.complaint.text = "not a text in UTF-8";
  for (; !text.empty(); ++shared.complaint.place.line) {
    const auto end = std::min(text.find('\n'), text.size());
    if (!nanolib::is_valid_utf8(nanolib::as_bytes(text.substr(0, end)))) break;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

bool parse_file(reading& shared, std::string_view text, const std::string& path, hocon_path where, index object) {
  const auto file = static_cast<index>(shared.tree.files.size());
  shared.tree.files.push_back(path);
  shared.tree.speaks.push_back(false);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // what some editors put in front of UTF-8
  if (!is_text(shared, text, file)) return false;
  shared.open.push_back(path);
  const bool good = file_parser(shared, text, file, std::move(where)).parse(object);
  shared.open.pop_back();
  return good;
}

bool file_parser::read_included(index object, const hocon_place& place, const std::string& name) {
  shared_.tree.speaks[place.file] = true;
  if (name.empty()) return scanner_.refuse(place, "an include without a name");
  const auto path = beside(shared_.open.back(), name);
  if (std::ranges::find(shared_.open, path) != shared_.open.end())
    return scanner_.refuse(place, path + " includes itself");
  if (shared_.open.size() > shared_.limits.include_depth)
    return scanner_.refuse(place, "files include each other too deep");
  if (shared_.tree.files.size() >= shared_.limits.values / 1024)
    return scanner_.refuse(place, "too many included files");
  std::string why;
  const auto text = shared_.surroundings.read(path, why);
  if (!text) return scanner_.refuse(place, path + ": " + why);
  return parse_file(shared_, *text, path, where_, object);
}

}  // namespace

std::size_t hocon_key_index(const std::vector<hocon_key>& keys, std::string_view name) noexcept {
  return static_cast<std::size_t>(std::ranges::find(keys, name, &hocon_key::name) - keys.begin());
}

bool parse_hocon(std::string_view text, const std::string& path, hocon_surroundings& surroundings,
                 const hocon_limits& limits, hocon_tree& into, hocon_complaint& complaint) {
  reading shared{surroundings, limits, into, complaint};
  const auto root = into.add(kind::object, {0, 1, 1});
  return parse_file(shared, text, path, {}, root);
}

}  // namespace nanomq::config
