// What was written, before substitutions: the parser makes it and the resolver turns it into values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nanomq/config/hocon.hpp"

namespace nanomq::config {

using hocon_path = std::vector<std::string>;

struct hocon_node {
  enum class kind : std::uint8_t {
    null,
    text,
    space,  ///< between two pieces of a joined value
    list,
    object,
    substitution,  ///< ${path}
    joined,        ///< pieces beside each other: ${a}"/b", ${base} { … }
    stacked,       ///< what was set for the same key, earliest first, where the later may refer to the earlier
  };

  kind is = kind::text;
  bool quoted = false;
  bool optional = false;     ///< ${?path}
  bool live = false;         ///< a substitution is somewhere in it
  std::uint32_t prefix = 0;  ///< of a substitution: how many elements of `path` are the place of the include
  hocon_place place;
  std::string text;
  hocon_path path;
  std::vector<hocon_key> keys;          ///< of an object
  std::vector<std::uint32_t> children;  ///< list, object, joined, stacked: indexes of nodes
};

/// Shape: nodes refer to each other by index; the root is an object.
struct hocon_tree {
  std::vector<hocon_node> nodes;
  std::vector<std::string> files;
  std::vector<bool> speaks;  ///< of each file: whether a key or an include stands in it

  std::uint32_t add(hocon_node::kind is, const hocon_place& place) {
    hocon_node made;
    made.is = is;
    made.place = place;
    nodes.push_back(std::move(made));
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }
};

/// What is wrong, and where.
struct hocon_complaint {
  hocon_place place;
  std::string text;
};

/// The index of a key among those of an object, or the number of them.
[[nodiscard]] std::size_t hocon_key_index(const std::vector<hocon_key>& keys, std::string_view name) noexcept;

/// Parses `text` as files[0] with everything that it includes. False: see `complaint`. The root is node 0.
[[nodiscard]] bool parse_hocon(std::string_view text, const std::string& path, hocon_surroundings& surroundings,
                               const hocon_limits& limits, hocon_tree& into, hocon_complaint& complaint);

/// Replaces what is to be substituted. False: see `complaint`.
[[nodiscard]] bool resolve_hocon(const hocon_tree& from, hocon_surroundings& surroundings, const hocon_limits& limits,
                                 hocon_value& into, hocon_complaint& complaint);

}  // namespace nanomq::config
