// Completions for bash, zsh and fish. The verb is the first word, or the first two where it has verbs below it.
#include <algorithm>
#include <cstddef>
#include <functional>

#include "verb_page.hpp"

namespace nanomq::program {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? std::string() : std::string(between)) + word;
  return out;
}

std::vector<std::string> names_of(std::span<const verb_page> pages) {
  std::vector<std::string> names;
  for (const auto& page : pages) names.push_back(page.name.substr(page.name.rfind(' ') + 1));
  return names;
}

std::vector<std::string> spellings_of(const option_table& options) {
  std::vector<std::string> names;
  for (const auto& row : options.rows()) {
    if (!row.group.empty()) names.insert(names.end(), row.names.begin(), row.names.end());
  }
  return names;
}

/// In single quotes for a shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// bash

std::string bash_value(const cli_option& row) {
  if (!row.values.empty())
    return "mapfile -t COMPREPLY < <(compgen -W " + quoted(joined(row.values, " ")) + " -- \"$cur\")";
  const bool file = row.complete == completion::file;
  if (!file && row.complete == completion::nothing) return ":";
  return std::string("compopt -o filenames; mapfile -t COMPREPLY < <(compgen ") + (file ? "-f" : "-d") +
         " -- \"$cur\")";
}

std::string bash_verb(const verb_page& page) {
  std::string out = "    " + quoted(page.name) + ")\n      case $prev in\n";
  for (const auto& row : page.options.rows()) {
    if (row.group.empty() || row.argument.empty()) continue;
    out += "        " + joined(row.names, "|") + ") " + bash_value(row) + "; return ;;\n";
  }
  auto words = names_of(page.verbs);
  const auto options = spellings_of(page.options);
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--help");
  out += "      esac\n      mapfile -t COMPREPLY < <(compgen -W " + quoted(joined(words, " ")) + " -- \"$cur\") ;;\n";
  for (const auto& below : page.verbs) out += bash_verb(below);
  return out;
}

std::string bash_script(std::span<const verb_page> pages) {
  std::vector<std::string> nested;
  for (const auto& page : pages) {
    if (!page.verbs.empty()) nested.push_back(page.name);
  }
  std::string out =
      "# bash completion for nanomq. Made by: nanomq completion bash\n"
      "_nanomq() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=''\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD > 1)); then verb=${COMP_WORDS[1]}; fi\n"
      "  case $verb in\n    " +
      (nested.empty() ? std::string("''") : joined(nested, "|")) +
      ")\n"
      "      if ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[2]} != -* ]]; then verb+=\" ${COMP_WORDS[2]}\"; fi ;;\n"
      "  esac\n"
      "  case $verb in\n"
      "    '') mapfile -t COMPREPLY < <(compgen -W " +
      quoted(joined(names_of(pages), " ") + " --help --version") + " -- \"$cur\") ;;\n";
  for (const auto& page : pages) out += bash_verb(page);
  return out + "  esac\n}\ncomplete -F _nanomq nanomq\n";
}

// zsh

// Text inside the brackets and between the colons of _arguments.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_row(const cli_option& row) {
  std::string action;
  if (!row.argument.empty()) {
    action = ":" + zsh_text(row.argument) + ":";
    if (!row.values.empty()) action += "(" + joined(row.values, " ") + ")";
    if (row.complete == completion::file) action += "_files";
    if (row.complete == completion::directory) action += "_files -/";
  }
  const auto about = "[" + zsh_text(row.help) + "]" + action;
  const auto all = joined(row.names, " ");
  std::string out;
  for (const auto& name : row.names) {
    const auto before = row.repeatable ? std::string("*") : row.names.size() > 1 ? "(" + all + ")" : std::string();
    out += " \\\n        " + quoted(before + name + about);
  }
  return out;
}

std::string zsh_verb(const verb_page& page) {
  std::string out = "    (" + quoted(page.name) + ")\n";
  if (!page.verbs.empty()) {
    out += "      if ((CURRENT == 3)); then\n        compadd -- " + joined(names_of(page.verbs), " ") +
           "\n        return\n      fi\n";
  }
  out += "      _arguments";
  for (const auto& row : page.options.rows()) {
    if (!row.group.empty()) out += zsh_row(row);
  }
  out += " \\\n        '--help[Show the options]'\n      ;;\n";
  for (const auto& below : page.verbs) out += zsh_verb(below);
  return out;
}

std::string zsh_script(std::span<const verb_page> pages) {
  std::string out =
      "#compdef nanomq\n"
      "# zsh completion for nanomq. Made by: nanomq completion zsh\n"
      "_nanomq() {\n"
      "  local verb=''\n"
      "  if ((CURRENT == 2)); then\n"
      "    local -a verbs=(";
  for (const auto& page : pages) out += "\n      " + quoted(zsh_text(page.name) + ":" + page.summary);
  out +=
      "\n    )\n"
      "    _describe verb verbs\n"
      "    return\n"
      "  fi\n"
      "  verb=$words[2]\n"
      "  case $verb in\n";
  for (const auto& page : pages) {
    if (page.verbs.empty()) continue;
    out += "    (" + page.name + ") if ((CURRENT > 3)) && [[ $words[3] != -* ]]; then verb+=\" $words[3]\"; fi ;;\n";
  }
  out += "  esac\n  case $verb in\n";
  for (const auto& page : pages) out += zsh_verb(page);
  return out + "  esac\n}\n_nanomq \"$@\"\n";
}

// fish

std::string fish_row(const cli_option& row, const std::string& when) {
  std::string out = "complete -c nanomq -n " + quoted(when);
  for (const auto& name : row.names) {
    if (name.starts_with("--")) {
      out += " -l " + name.substr(2);
    } else {
      out += " -s " + name.substr(1);
    }
  }
  if (!row.argument.empty()) {
    const bool files = row.complete != completion::nothing;
    out += files ? " -r -F" : " -x";
    if (!row.values.empty()) out += " -a " + quoted(joined(row.values, " "));
  }
  return out + " -d " + quoted(row.help) + "\n";
}

std::string fish_verb(const verb_page& page) {
  const auto when = "__nanomq_verb " + page.name;
  std::string out;
  for (const auto& below : page.verbs) {
    out += "complete -c nanomq -n " + quoted("__nanomq_behind " + page.name) + " -a " + names_of({&below, 1}).front() +
           " -d " + quoted(below.summary) + "\n";
  }
  for (const auto& row : page.options.rows()) {
    if (!row.group.empty()) out += fish_row(row, when);
  }
  for (const auto& below : page.verbs) out += fish_verb(below);
  return out;
}

std::string fish_script(std::span<const verb_page> pages) {
  std::string out =
      "# fish completion for nanomq. Made by: nanomq completion fish\n"
      "function __nanomq_verb\n"
      "  set -l words (commandline -opc)[2..]\n"
      "  set -l size (count $argv)\n"
      "  test (count $words) -ge $size; and test \"$words[1..$size]\" = \"$argv\"\n"
      "end\n"
      "function __nanomq_behind\n"
      "  set -l words (commandline -opc)[2..]\n"
      "  test \"$words\" = \"$argv\"\n"
      "end\n"
      "complete -c nanomq -f\n";
  for (const auto& page : pages) {
    out += "complete -c nanomq -n __nanomq_behind -a " + page.name + " -d " + quoted(page.summary) + "\n";
  }
  for (const auto& page : pages) out += fish_verb(page);
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell, std::span<const verb_page> pages) {
  if (shell == "bash") return bash_script(pages);
  if (shell == "zsh") return zsh_script(pages);
  if (shell == "fish") return fish_script(pages);
  return {};
}

}  // namespace nanomq::program
