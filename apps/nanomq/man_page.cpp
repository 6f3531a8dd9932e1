// mdoc(7): https://mandoc.bsd.lv/man/mdoc.7.html
#include <algorithm>

#include "verb_page.hpp"

namespace nanomq::program {
namespace {

// Of every page, so that making them anew gives the same bytes.
constexpr const char* date = "November 22, 2026";

// Text on a line of its own.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

// A word behind a macro, which is no macro itself.
std::string quoted(std::string_view text) {
  std::string out = "\"\\&";
  for (const char c : plain(text)) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

// "-h, --host HOST" as "Fl h , -host Ar HOST".
std::string item(const cli_option& row) {
  std::string out = ".It";
  bool first = true;
  for (const auto& name : row.names) {
    out += first ? " Fl " : " , ";
    out += plain(std::string_view(name).substr(1));
    first = false;
  }
  if (!row.argument.empty()) out += " Ar " + row.argument;
  return out + "\n";
}

// In lines of at most 80 bytes, with room for what has to be escaped.
std::string wrapped(std::string_view text) {
  constexpr std::size_t width = 76;
  std::string out;
  while (text.size() > width) {
    const auto space = text.rfind(' ', width);
    if (space == std::string_view::npos) break;
    out += plain(text.substr(0, space)) + "\n";
    text.remove_prefix(space + 1);
  }
  return out + plain(text);
}

// A sentence begins a line, as mdoc wants it.
std::string sentences(std::string_view text) {
  std::string out;
  for (auto end = text.find(". "); end != std::string_view::npos; end = text.find(". ")) {
    out += wrapped(text.substr(0, end + 1)) + "\n";
    text.remove_prefix(end + 2);
  }
  return out + wrapped(text);
}

std::string paragraph(std::string_view text, bool first) { return (first ? "" : ".Pp\n") + sentences(text) + "\n"; }

std::string options(const option_table& table) {
  std::string out;
  for (const auto& heading : table.groups()) {
    out += ".Ss " + heading + "\n.Bl -tag -width Ds\n";
    for (const auto& row : table.rows()) {
      if (row.group != heading) continue;
      out += item(row) + sentences(row.help + (row.repeatable ? "; repeatable." : ".")) + "\n";
      if (row.others.empty()) continue;
      std::string also = "Also understood:";
      for (const auto& other : row.others) also += " " + other;
      out += sentences(also + ".") + "\n";
    }
    out += ".El\n";
  }
  return out;
}

std::string terms(const std::vector<std::pair<std::string, std::string>>& list) {
  std::string out = ".Bl -tag -width Ds -compact\n";
  for (const auto& [name, meaning] : list) out += ".It " + quoted(name) + "\n" + sentences(meaning + ".") + "\n";
  return out + ".El\n";
}

std::string synopsis(const verb_page& page) {
  std::string out;
  for (const auto& form : page.synopsis) {
    out += ".Nm nanomq\n.Cm " + page.name + "\n" + plain(form) + "\n";
  }
  for (const auto& below : page.verbs) out += synopsis(below);
  return out;
}

std::string body(const verb_page& page) {
  std::string out;
  for (std::size_t i = 0; i < page.description.size(); ++i) out += paragraph(page.description[i], i == 0);
  out += options(page.options);
  return out;
}

}  // namespace

std::string man_page(const verb_page& page) {
  auto title = "NANOMQ-" + page.name;
  std::ranges::transform(title, title.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  std::string out = std::string(".\\\" Made by: nanomq man ") + page.name + "\n.Dd " + date + "\n.Dt " + title +
                    " 1\n.Os\n.Sh NAME\n.Nm nanomq-" + page.name + "\n.Nd " + plain(page.summary) + "\n";
  out += ".Sh SYNOPSIS\n" + synopsis(page);
  out += ".Sh DESCRIPTION\n" + body(page);
  for (const auto& below : page.verbs) {
    auto heading = "nanomq " + below.name;
    std::ranges::transform(heading, heading.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    out += ".Sh " + heading + "\n" + body(below);
  }
  for (const auto& section : page.sections) {
    out += ".Sh " + section.title + "\n";
    for (std::size_t i = 0; i < section.paragraphs.size(); ++i) out += paragraph(section.paragraphs[i], i == 0);
    if (!section.terms.empty()) out += terms(section.terms);
  }
  out += ".Sh EXIT STATUS\n" + terms(page.exit_status);
  out += ".Sh EXAMPLES\n";
  for (std::size_t i = 0; i < page.examples.size(); ++i) {
    const auto& [command, what] = page.examples[i];
    out += paragraph(what + ":", i == 0) + ".Bd -literal -offset indent\n" + plain(command) + "\n.Ed\n";
  }
  out += ".Sh SEE ALSO\n";
  for (std::size_t i = 0; i < page.see_also.size(); ++i) {
    out += ".Xr " + page.see_also[i] + (i + 1 < page.see_also.size() ? " ,\n" : "\n");
  }
  return out;
}

}  // namespace nanomq::program
