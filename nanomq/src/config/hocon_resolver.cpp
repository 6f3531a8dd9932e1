#include <algorithm>

#include "hocon_tree.hpp"

namespace nanomq::config {
namespace {

using kind = hocon_node::kind;
using index = std::uint32_t;
using value_kind = hocon_value::kind;

// How far resolving may go into itself: every level is a few hundred bytes of stack.
constexpr std::size_t deepest = 256;

// A value, or none: an optional substitution without a value.
using maybe_value = std::optional<hocon_value>;

class resolver {
 public:
  resolver(const hocon_tree& from, hocon_surroundings& surroundings, const hocon_limits& limits,
           hocon_complaint& complaint)
      : tree_(from), surroundings_(surroundings), limits_(limits), complaint_(complaint) {}

  bool resolve(index which, maybe_value& into) {
    const auto& node = tree_.nodes[which];
    if (++steps_ > limits_.values) return refuse(node.place, "substitutions make too many values");
    if (active_.size() >= deepest) return refuse(node.place, "substitutions are nested too deep");
    active_.push_back({which, node.children.size()});
    const bool good = dispatch(which, node, into);
    active_.pop_back();
    return good;
  }

 private:
  // What is being resolved: for a stack, which of its elements.
  struct activity {
    index which;
    std::size_t element;
  };

  bool refuse(const hocon_place& place, std::string text) {
    complaint_ = {place, std::move(text)};
    return false;
  }

  bool dispatch(index which, const hocon_node& node, maybe_value& into) {
    switch (node.is) {
      case kind::null:
      case kind::text:
      case kind::space:
        return leaf(node, into);
      case kind::list:
      case kind::object:
        return container(node, into);
      case kind::substitution:
        return substitute(node, into);
      case kind::joined:
        return join(node, into);
      case kind::stacked:
        return unstack(which, node.children.size(), into);
    }
    return false;
  }

  bool leaf(const hocon_node& node, maybe_value& into) {
    made_ += node.text.size();
    if (made_ > limits_.bytes) return refuse(node.place, "substitutions make too much text");
    auto& out = into.emplace();
    out.is = node.is == kind::null ? value_kind::null : value_kind::text;
    out.quoted = node.quoted;
    out.place = node.place;
    out.text = node.text;
    return true;
  }

  bool container(const hocon_node& node, maybe_value& into) {
    hocon_value out;
    out.is = node.is == kind::list ? value_kind::list : value_kind::object;
    out.place = node.place;
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      maybe_value item;
      if (!resolve(node.children[i], item)) return false;
      if (!item) continue;
      if (node.is == kind::object) out.keys.push_back(node.keys[i]);
      out.items.push_back(std::move(*item));
    }
    into = std::move(out);
    return true;
  }

  // The first `count` elements of a stack: the last one, over those before it as far as they are objects.
  bool unstack(index which, std::size_t count, maybe_value& into) {
    const auto& children = tree_.nodes[which].children;
    const auto level = active_.size() - 1;
    into.reset();
    for (auto i = count; i-- > 0;) {
      active_[level] = {which, i};
      maybe_value one;
      if (!resolve(children[i], one)) return false;
      if (!one) continue;
      if (!into) {
        into = std::move(one);
      } else if (one->is == value_kind::object) {
        auto under = std::move(*one);
        if (!merge(under, std::move(*into))) return false;
        into = std::move(under);
      } else {
        break;
      }
      if (into->is != value_kind::object) break;
    }
    return true;
  }

  bool merge(hocon_value& into, hocon_value&& over) {
    for (std::size_t i = 0; i < over.keys.size(); ++i) {
      const auto found = hocon_key_index(into.keys, over.keys[i].name);
      if (++steps_ > limits_.values) return refuse(over.place, "substitutions make too many values");
      if (found == into.keys.size()) {
        into.keys.push_back(std::move(over.keys[i]));
        into.items.push_back(std::move(over.items[i]));
        continue;
      }
      into.keys[found].place = over.keys[i].place;
      auto& old = into.items[found];
      if (old.is == value_kind::object && over.items[i].is == value_kind::object) {
        if (!merge(old, std::move(over.items[i]))) return false;
      } else {
        old = std::move(over.items[i]);
      }
    }
    return true;
  }

  // Texts become one text, lists one list, objects one object.
  bool join(const hocon_node& node, maybe_value& into) {
    maybe_value out;
    std::string blanks;
    const auto is_object = [&](index child) { return tree_.nodes[child].is == kind::object; };
    const bool merged = std::ranges::count_if(node.children, is_object) > 1;
    for (const auto child : node.children) {
      const auto& piece = tree_.nodes[child];
      if (piece.is == kind::space) {
        blanks += piece.text;
        continue;
      }
      maybe_value one;
      if (!resolve(child, one)) return false;
      if (!one) continue;
      const bool is_text = one->is == value_kind::text || one->is == value_kind::null;
      if (is_text) one->text.insert(0, blanks);
      blanks.clear();
      if (!out) {
        out = std::move(one);
        continue;
      }
      if (!append(node, *out, std::move(*one), is_text)) return false;
    }
    if (out) out->place = node.place;
    if (out) out->merged = merged;
    into = std::move(out);
    return true;
  }

  bool append(const hocon_node& node, hocon_value& into, hocon_value&& piece, bool is_text) {
    const bool was_text = into.is == value_kind::text || into.is == value_kind::null;
    if (is_text && was_text) {
      into.is = value_kind::text;
      into.quoted = true;  // no number, boolean or null any more
      made_ += piece.text.size();
      if (made_ > limits_.bytes) return refuse(node.place, "substitutions make too much text");
      into.text += piece.text;
      return true;
    }
    if (into.is == value_kind::list && piece.is == value_kind::list) {
      std::ranges::move(piece.items, std::back_inserter(into.items));
      return true;
    }
    if (into.is == value_kind::object && piece.is == value_kind::object) return merge(into, std::move(piece));
    return refuse(node.place, "text, a list and an object cannot be joined to one value");
  }

  bool substitute(const hocon_node& node, maybe_value& into) {
    into.reset();
    if (!look_up(node, node.path, into)) return false;
    const hocon_path rest(node.path.begin() + node.prefix, node.path.end());
    if (!into && node.prefix > 0 && !look_up(node, rest, into)) return false;
    if (!into && !from_environment(node, rest, into)) return false;
    if (into || node.optional) return true;
    return refuse(node.place, "${" + name_of(rest) + "} has no value");
  }

  bool from_environment(const hocon_node& node, const hocon_path& path, maybe_value& into) {
    auto text = surroundings_.variable(name_of(path));
    if (!text) return true;
    made_ += text->size();
    if (made_ > limits_.bytes) return refuse(node.place, "substitutions make too much text");
    auto& out = into.emplace();
    out.is = value_kind::text;
    out.quoted = true;
    out.place = node.place;
    out.text = std::move(*text);
    return true;
  }

  static std::string name_of(const hocon_path& path) {
    std::string out;
    for (const auto& element : path) out += (out.empty() ? "" : ".") + element;
    return out;
  }

  bool look_up(const hocon_node& node, const hocon_path& path, maybe_value& into) {
    index at = 0;
    std::size_t depth = 0;
    while (depth < path.size() && tree_.nodes[at].is == kind::object) {
      const auto found = hocon_key_index(tree_.nodes[at].keys, path[depth]);
      if (found == tree_.nodes[at].keys.size()) return true;
      at = tree_.nodes[at].children[found];
      ++depth;
    }
    const auto running =
        std::find_if(active_.rbegin(), active_.rend(), [&](const auto& one) { return one.which == at; });
    if (running == active_.rend()) {
      if (!resolve(at, into)) return false;
    } else if (tree_.nodes[at].is != kind::stacked) {
      if (node.optional && is_itself(at, node)) return true;
      return refuse(node.place, "${" + name_of(path) + "} refers to itself");
    } else if (!look_back(at, running->element, into)) {
      return false;
    }
    walk(path, depth, into);
    return true;
  }

  // a = ${?a}, the whole of a value that was not there before.
  [[nodiscard]] bool is_itself(index at, const hocon_node& node) const {
    const auto& one = tree_.nodes[at];
    const auto is_node = [&](index child) { return &tree_.nodes[child] == &node; };
    return &one == &node || (one.is == kind::joined && std::ranges::any_of(one.children, is_node));
  }

  // What a stack was before the element that asks.
  bool look_back(index which, std::size_t element, maybe_value& into) {
    if (active_.size() >= deepest) return refuse(tree_.nodes[which].place, "substitutions are nested too deep");
    active_.push_back({which, element});
    const bool good = unstack(which, element, into);
    active_.pop_back();
    return good;
  }

  static void walk(const hocon_path& path, std::size_t depth, maybe_value& into) {
    for (; into && depth < path.size(); ++depth) {
      const auto found = into->is == value_kind::object ? hocon_key_index(into->keys, path[depth]) : into->keys.size();
      if (found == into->keys.size()) {
        into.reset();
        return;
      }
      auto inner = std::move(into->items[found]);
      into = std::move(inner);
    }
  }

  const hocon_tree& tree_;
  hocon_surroundings& surroundings_;
  const hocon_limits& limits_;
  hocon_complaint& complaint_;
  std::vector<activity> active_;
  std::size_t steps_ = 0;
  std::size_t made_ = 0;
};

}  // namespace

bool resolve_hocon(const hocon_tree& from, hocon_surroundings& surroundings, const hocon_limits& limits,
                   hocon_value& into, hocon_complaint& complaint) {
  maybe_value made;
  if (!resolver(from, surroundings, limits, complaint).resolve(0, made)) return false;
  into = std::move(*made);
  return true;
}

}  // namespace nanomq::config
