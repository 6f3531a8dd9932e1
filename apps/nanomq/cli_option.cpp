#include "cli_option.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace nanomq::program {

bool cli_option::has_name(std::string_view word) const noexcept {
  return std::ranges::find(names, word) != names.end() || std::ranges::find(others, word) != others.end();
}

cli_option_edit& cli_option_edit::words(std::vector<std::string> values) {
  row_->values = std::move(values);
  return *this;
}
cli_option_edit& cli_option_edit::completes(completion what) noexcept {
  row_->complete = what;
  return *this;
}
cli_option_edit& cli_option_edit::repeatable() noexcept {
  row_->repeatable = true;
  return *this;
}
cli_option_edit& cli_option_edit::also(std::vector<std::string> names) {
  row_->others = std::move(names);
  return *this;
}
cli_option_edit& cli_option_edit::lacking(std::string sentence) {
  row_->lacking = std::move(sentence);
  return *this;
}

cli_option& option_table::add(names spellings, std::string argument, std::string help) {
  std::erase_if(spellings, [this](const std::string& name) { return find(name) != nullptr; });
  auto& row = spellings.empty() ? left_out_.emplace_back() : rows_.emplace_back();
  row.names = std::move(spellings);
  row.argument = std::move(argument);
  row.group = group_;
  row.help = std::move(help);
  return row;
}

cli_option_edit option_table::toggle(names spellings, std::string help, std::function<void()> on) {
  auto& row = add(std::move(spellings), {}, std::move(help));
  row.take = [on = std::move(on)](std::span<const std::string_view>) {
    on();
    return std::size_t{0};
  };
  return cli_option_edit(row);
}
cli_option_edit option_table::toggle(names spellings, std::string help, bool& into) {
  return toggle(std::move(spellings), std::move(help), [&into] { into = true; });
}

cli_option_edit option_table::value(names spellings, std::string argument, std::string lacking, std::string help,
                                    std::function<void(std::string_view)> take) {
  auto& row = add(std::move(spellings), std::move(argument), std::move(help));
  if (!row.names.empty()) row.lacking = row.names.front() + " argument given but no " + lacking + " specified.";
  row.take = [&row, take = std::move(take)](std::span<const std::string_view> words) {
    if (words.empty()) throw usage_error(row.lacking);
    take(words.front());
    return std::size_t{1};
  };
  return cli_option_edit(row);
}
cli_option_edit option_table::value(names spellings, std::string argument, std::string lacking, std::string help,
                                    std::string& into) {
  return value(std::move(spellings), std::move(argument), std::move(lacking), std::move(help),
               [&into](std::string_view word) { into = word; });
}
cli_option_edit option_table::value(names spellings, std::string argument, std::string lacking, std::string help,
                                    std::optional<std::string>& into) {
  return value(std::move(spellings), std::move(argument), std::move(lacking), std::move(help),
               [&into](std::string_view word) { into = std::string(word); });
}

cli_option_edit option_table::words(names spellings, std::string argument, std::string help,
                                    std::function<std::size_t(word_span)> count,
                                    std::function<std::size_t(word_span)> take) {
  auto& row = add(std::move(spellings), std::move(argument), std::move(help));
  row.count = std::move(count);
  row.take = std::move(take);
  return cli_option_edit(row);
}

const cli_option* option_table::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find_if(rows_, [name](const cli_option& row) { return row.has_name(name); });
  return found == rows_.end() ? nullptr : &*found;
}

template <class Visit>
void option_table::walk(word_span words, const Visit& visit) const {
  while (!words.empty()) {
    const auto word = words.front();
    const auto* const row = find(word);
    words = words.subspan(1);
    visit(word, row, words);
    if (row == nullptr) continue;
    const auto taken = row->count ? row->count(words) : std::size_t{row->argument.empty() ? 0U : 1U};
    words = words.subspan(std::min(taken, words.size()));
  }
}

std::vector<std::string_view> option_table::values_of(std::string_view name, word_span words) const {
  std::vector<std::string_view> values;
  walk(words, [&](std::string_view, const cli_option* row, word_span rest) {
    if (row != nullptr && row->has_name(name) && !rest.empty()) values.push_back(rest.front());
  });
  return values;
}

bool option_table::mentions(std::string_view name, word_span words) const {
  bool found = false;
  walk(words, [&](std::string_view word, const cli_option*, word_span) { found |= word == name; });
  return found;
}

std::size_t option_table::first_stray(word_span words) const {
  std::size_t found = words.size();
  walk(words, [&](std::string_view word, const cli_option* row, word_span rest) {
    const auto at = words.size() - rest.size() - 1;
    if (row == nullptr && !word.starts_with("-")) found = std::min(found, at);
  });
  return found;
}

void option_table::read(word_span words) const {
  while (!words.empty()) {
    const auto word = words.front();
    words = words.subspan(1);
    if (const auto* const row = find(word)) {
      words = words.subspan(row->take(words));
      continue;
    }
    const auto equals = word.find('=');
    const auto* const row = word.starts_with("--") ? find(word.substr(0, equals)) : nullptr;
    if (row == nullptr || equals == std::string_view::npos) {
      throw usage_error("Unknown option '" + std::string(word) + "'.");
    }
    const std::string_view value = word.substr(equals + 1);
    if (row->take(std::span(&value, 1)) != 1) {
      throw usage_error("The option '" + std::string(word.substr(0, equals)) + "' takes no value.");
    }
  }
}

std::vector<std::string> option_table::groups() const {
  std::vector<std::string> headings;
  for (const auto& row : rows_) {
    if (!row.group.empty() && std::ranges::find(headings, row.group) == headings.end()) headings.push_back(row.group);
  }
  return headings;
}

std::optional<long long> whole_number(std::string_view text) noexcept {
  long long number = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> decimal_number(std::string_view text) noexcept {
  double number = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace nanomq::program
