// Erlang terms, as far as EMQX's acl.conf has them: tuples, lists, atoms, strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::access {

struct erlang_term {
  enum class kind : std::uint8_t { atom, text, tuple, list };

  kind is = kind::atom;
  std::string text;
  std::vector<erlang_term> items;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  [[nodiscard]] bool is_atom(std::string_view name) const noexcept { return is == kind::atom && text == name; }
};

/// The terms of a file, each ended by a full stop. False: `why` is "line:column: what is wrong".
/// Shape: linear; terms are at most 16 deep.
[[nodiscard]] bool read_erlang_terms(std::string_view text, std::vector<erlang_term>& into, std::string& why);

}  // namespace nanomq::access
