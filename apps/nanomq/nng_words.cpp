#include "nng_words.hpp"

#include <algorithm>

namespace nanomq::program {
namespace {

// The row that a long name means, whole or shortened. Two spellings of one row are not ambiguous.
const cli_option* row_of(const option_table& table, std::string_view name) {
  if (const auto* exact = table.find(name)) return exact;
  const cli_option* only = nullptr;
  const auto begins = [name](const std::string& spelling) { return spelling.starts_with(name); };
  for (const auto& row : table.rows()) {
    if (std::ranges::none_of(row.names, begins) && std::ranges::none_of(row.others, begins)) continue;
    if (only != nullptr) throw usage_error("Option " + std::string(name) + " is ambiguous (specify in full).");
    only = &row;
  }
  return only;
}

// "--name=value", "--name:value" or "-Xvalue", taken apart; the value is empty-handed when there is none.
struct taken_apart {
  std::string_view name;
  std::optional<std::string_view> value;
};

taken_apart take_apart(std::string_view word) {
  if (!word.starts_with("--")) {
    if (word.size() <= 2) return {word, std::nullopt};
    return {word.substr(0, 2), word.substr(2)};
  }
  const auto end = word.find_first_of("=:");
  if (end == std::string_view::npos) return {word, std::nullopt};
  return {word.substr(0, end), word.substr(end + 1)};
}

}  // namespace

std::vector<std::string> nng_words(const option_table& table, option_table::word_span words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const auto word = words.front();
    words = words.subspan(1);
    const auto apart = take_apart(word);
    const bool is_option = word.size() > 1 && word.starts_with('-') && word != "--";
    const auto* row = !is_option               ? nullptr
                      : word.starts_with("--") ? row_of(table, apart.name)
                                               : table.find(apart.name);
    if (row == nullptr) {
      out.emplace_back(word);
      continue;
    }
    // A shortened name belongs to this row alone, so any of its spellings will do.
    out.push_back(row->has_name(apart.name) ? std::string(apart.name) : row->names.front());
    if (apart.value && row->argument.empty()) {
      throw usage_error("Option " + out.back() + " takes no value.");
    }
    if (apart.value) {
      out.emplace_back(*apart.value);
      continue;
    }
    const auto wanted = row->count ? row->count(words) : std::size_t{row->argument.empty() ? 0U : 1U};
    for (auto taken = std::min(wanted, words.size()); taken > 0; --taken) {
      out.emplace_back(words.front());
      words = words.subspan(1);
    }
  }
  return out;
}

}  // namespace nanomq::program
