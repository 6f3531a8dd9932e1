// Options from files: what read_command_line() reads before the command line.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_options.hpp"

namespace nanomq::program {
namespace {

constexpr std::string_view blanks = " \t";

// Empty with errno when it can't be read.
std::optional<std::string> content_of(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) return std::nullopt;
  std::string content;
  char piece[4096];
  while (const auto read = std::fread(piece, 1, sizeof piece, file.get())) content.append(piece, read);
  if (std::ferror(file.get()) != 0) return std::nullopt;
  return content;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

// The option, and its value: all that follows it, unless it takes several words.
std::vector<std::string_view> words_of(const option_table& table, std::string_view line) {
  const auto end = line.find_first_of(blanks);
  std::vector<std::string_view> words{line.substr(0, end)};
  auto rest = end == std::string_view::npos ? std::string_view() : trimmed(line.substr(end));
  const auto* const row = table.find(words.front());
  while (row != nullptr && row->count && rest.find_first_of(blanks) != std::string_view::npos &&
         words.size() < row->count(std::span(words).subspan(1))) {
    words.push_back(rest.substr(0, rest.find_first_of(blanks)));
    rest = trimmed(rest.substr(words.back().size()));
  }
  if (!rest.empty()) words.push_back(rest);
  return words;
}

void read_lines(const option_table& table, const std::string& path, std::string_view content) {
  for (std::size_t number = 1; !content.empty(); ++number) {
    const auto end = content.find('\n');
    auto line = content.substr(0, end);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('#')) continue;
    line = trimmed(line);
    if (line.empty()) continue;
    try {
      table.read(words_of(table, line));
    } catch (const usage_error& wrong) {
      throw usage_error(path + ":" + std::to_string(number) + ": " + wrong.what());
    }
  }
}

void read_default_file(const option_table& table, const std::string& name) {
  const char* home = std::getenv("XDG_CONFIG_HOME");
  std::string path = home == nullptr ? "" : home;
  if (home == nullptr) {
    home = std::getenv("HOME");
    if (home == nullptr) return;
    path = std::string(home) + "/.config";
  }
  path += "/" + name;
  if (const auto content = content_of(path)) read_lines(table, path, *content);
}

}  // namespace

void read_command_line(const option_table& table, std::string_view verb, option_table::word_span words) {
  const auto named = table.values_of("-o", words);
  if (named.size() > 1) throw usage_error("Duplicate -o argument given.");
  if (named.empty()) {
    read_default_file(table, "mosquitto_" + std::string(verb));
    read_default_file(table, "nanomq_" + std::string(verb));
  } else {
    const std::string path(named.front());
    const auto content = content_of(path);
    if (!content) throw usage_error("Unable to open options file \"" + path + "\": " + std::strerror(errno) + ".");
    read_lines(table, path, *content);
  }
  table.read(words);
}

int refuse_usage(std::string_view verb, std::string_view what) {
  std::string text = "Error: ";
  for (const char c : what) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  text += "\n\nUse 'nanomq " + std::string(verb) + " --help' to see usage.\n";
  (void)std::fputs(text.c_str(), stderr);
  return 1;
}

}  // namespace nanomq::program
