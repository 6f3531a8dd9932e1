// What there is to know about a verb, once: the help, the man page and the shells' completions are written from it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli_option.hpp"

namespace nanomq::program {

struct verb_example {
  std::string command;
  std::string what;  ///< what it does; no full stop
};

/// A section of the man page.
struct verb_section {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<std::pair<std::string, std::string>> terms{};  ///< a word and what it means
  bool in_help = false;                                      ///< the help has it too, as "Compatibility"
};

/// Shape: plain data beside the table.
struct verb_page {
  std::string name;                   ///< behind "nanomq": "pub", "bench pub"
  std::string summary;                ///< "publish MQTT messages"
  std::vector<std::string> synopsis;  ///< what follows the name: "[options] -t TOPIC -m TEXT"
  std::vector<std::string> description;
  std::vector<verb_example> examples;
  std::vector<verb_section> sections;
  std::vector<std::pair<std::string, std::string>> exit_status;
  std::vector<std::string> see_also;  ///< "nanomq-sub 1"
  option_table options;
  std::vector<verb_page> verbs;  ///< the verbs below this one
};

/// For a terminal: examples first, then the options by group. `width` columns; `colour`: headings in bold.
[[nodiscard]] std::string help_text(const verb_page& page, std::size_t width, bool colour);
/// help_text() as stdout wants it: a terminal's width, and no colour where it is none or NO_COLOR is set.
void show_help(const verb_page& page);

/// The man page in mdoc(7).
[[nodiscard]] std::string man_page(const verb_page& page);

/// The completion for a shell: bash, zsh or fish. Empty for any other.
[[nodiscard]] std::string completion_script(std::string_view shell, std::span<const verb_page> pages);

}  // namespace nanomq::program
