#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "verb_page.hpp"

namespace nanomq::program {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t help_column = 30;

// The length on a terminal, as far as counting characters says it.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

class help_writer {
 public:
  help_writer(std::size_t width, bool colour) : width_(std::max<std::size_t>(width, 50)), colour_(colour) {}

  void heading(std::string_view text) {
    out_ += out_.empty() ? "" : "\n";
    out_ += colour_ ? "\x1b[1m" : "";
    out_ += text;
    out_ += colour_ ? ":\x1b[0m\n" : ":\n";
  }
  void line(std::string_view text) { out_.append(text).append("\n"); }

  /// The words of a text from a column on; `at` is where the cursor stands.
  void wrapped(std::string_view text, std::size_t column, std::size_t at) {
    bool first = true;
    while (!text.empty()) {
      const auto end = text.find(' ');
      const auto word = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (!first && at + 1 + columns_of(word) > width_) {
        out_ += '\n';
        at = 0;
        first = true;
      }
      const std::size_t gap = first ? (at < column ? column - at : 0) : 1;
      out_.append(gap, ' ').append(word);
      at += gap + columns_of(word);
      first = false;
    }
    out_ += '\n';
  }

  void term(std::string_view name, std::string_view text, std::size_t column) {
    out_.append(indent, ' ').append(name);
    auto at = indent + columns_of(name);
    if (at + 2 > column) {
      out_ += '\n';
      at = 0;
    }
    wrapped(text, column, at);
  }

  [[nodiscard]] std::string finish() { return std::move(out_); }

 private:
  std::string out_;
  std::size_t width_;
  bool colour_;
};

std::string spelling(const cli_option& row) {
  std::string out;
  for (const auto& name : row.names) out += (out.empty() ? "" : ", ") + name;
  // Long options stand below each other, whether they have a short spelling or not.
  if (row.names.front().starts_with("--")) out.insert(0, "    ");
  return row.argument.empty() ? out : out + " " + row.argument;
}

void write_options(help_writer& out, const option_table& options) {
  for (const auto& heading : options.groups()) {
    out.heading(heading);
    for (const auto& row : options.rows()) {
      if (row.group != heading) continue;
      out.term(spelling(row), row.help + (row.repeatable ? "; repeatable" : ""), help_column);
    }
  }
}

}  // namespace

std::string help_text(const verb_page& page, std::size_t width, bool colour) {
  help_writer out(width, colour);
  for (std::size_t i = 0; i < page.synopsis.size(); ++i) {
    out.line((i == 0 ? "Usage: nanomq " : "       nanomq ") + page.name + " " + page.synopsis[i]);
  }
  if (!page.examples.empty()) out.heading("Examples");
  for (const auto& [command, what] : page.examples) {
    out.line("  " + command);
    out.wrapped(what, 6, 0);
  }
  if (!page.verbs.empty()) out.heading("Verbs");
  for (const auto& below : page.verbs) out.term(below.name, below.summary, help_column);
  write_options(out, page.options);
  for (const auto& section : page.sections) {
    if (!section.in_help) continue;
    out.heading("Compatibility");
    for (const auto& paragraph : section.paragraphs) out.wrapped(paragraph, indent, 0);
  }
  out.heading("Exit status");
  for (const auto& [code, meaning] : page.exit_status) out.term(code, meaning, 12);
  return out.finish();
}

void show_help(const verb_page& page) {
  std::size_t width = 80;
  bool colour = false;
  if (::isatty(STDOUT_FILENO) == 1) {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) {
      width = std::min<std::size_t>(size.ws_col, 120);
    }
    const char* const no_colour = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    colour = (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
  }
  (void)std::fputs(help_text(page, width, colour).c_str(), stdout);
}

}  // namespace nanomq::program
