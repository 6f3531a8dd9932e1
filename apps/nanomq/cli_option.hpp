// The options of a verb as a table: the parser, the help, the man page and the shells' completions are made from its rows.
//
// The grammar is mosquitto_pub's. A word is an option in one of its spellings, and takes the words behind it whatever they
// look like (`-m -5`); an option may stand anywhere, the last one counts where only one can. Beyond that grammar a long
// option may have its value behind an equals sign.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::program {

/// A wrong command line or options file, in words for a person.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a shell offers where an option wants a word.
enum class completion : std::uint8_t { nothing, file, directory };

/// One row. Texts are plain; the first letter of `help` is a capital and it has no full stop at its end.
struct cli_option {
  std::vector<std::string> names;   ///< every spelling; the first is used in messages, the others are shown as well
  std::vector<std::string> others;  ///< understood, shown in the man page only: other programs' spellings
  std::string argument;             ///< "HOST", "PACKET NAME VALUE"; empty: a switch
  std::string group;                ///< the heading that it stands under; empty: understood and not shown anywhere
  std::string help;
  std::string lacking;              ///< what a message says is missing: "host"
  std::vector<std::string> values;  ///< every word that it takes, where these are few
  completion complete = completion::nothing;
  bool repeatable = false;
  /// Takes its words off the front of the span and tells how many. Throws usage_error.
  std::function<std::size_t(std::span<const std::string_view>)> take;
  /// How many words it would take, without taking them; empty: one, or none for a switch.
  std::function<std::size_t(std::span<const std::string_view>)> count;

  [[nodiscard]] bool has_name(std::string_view word) const noexcept;
};

/// A row with the calls that say more about it: `table.value(…).words({"a", "b"}).also({"--other"})`.
class cli_option_edit {
 public:
  explicit cli_option_edit(cli_option& row) noexcept : row_(&row) {}
  /// Every word that it takes.
  cli_option_edit& words(std::vector<std::string> values);
  cli_option_edit& completes(completion what) noexcept;
  cli_option_edit& repeatable() noexcept;
  /// Other programs' spellings.
  cli_option_edit& also(std::vector<std::string> names);
  /// What a message names the option when its value is missing, where it isn't the first spelling.
  cli_option_edit& lacking(std::string sentence);

 private:
  cli_option* row_;
};

/// The table. The variables that rows are bound to outlive every call of read(); the other calls do not touch them. A spelling
/// belongs to the first row that claims it, so a verb adds its own rows before the common ones; a row without a spelling
/// of its own is left out. Thread: externally synchronised.
class option_table {
 public:
  using names = std::vector<std::string>;
  using word_span = std::span<const std::string_view>;

  option_table() = default;
  option_table(option_table&&) = default;
  option_table& operator=(option_table&&) = default;
  option_table(const option_table&) = delete;
  option_table& operator=(const option_table&) = delete;

  /// The heading of the rows that follow; "": these are understood and not shown.
  void group(std::string heading) { group_ = std::move(heading); }

  /// A switch.
  cli_option_edit toggle(names spellings, std::string help, std::function<void()> on);
  cli_option_edit toggle(names spellings, std::string help, bool& into);
  /// An option with one word. `lacking` is the noun for it: "-h argument given but no host specified."
  cli_option_edit value(names spellings, std::string argument, std::string lacking, std::string help,
                        std::function<void(std::string_view)> take);
  cli_option_edit value(names spellings, std::string argument, std::string lacking, std::string help,
                        std::string& into);
  cli_option_edit value(names spellings, std::string argument, std::string lacking, std::string help,
                        std::optional<std::string>& into);
  /// An option with several words: `count` tells how many it would take, `take` takes them.
  cli_option_edit words(names spellings, std::string argument, std::string help,
                        std::function<std::size_t(word_span)> count, std::function<std::size_t(word_span)> take);

  /// Reads a command line. Throws: usage_error.
  void read(word_span words) const;
  /// What an option with one word is given in a command line, without reading it: all occurrences.
  [[nodiscard]] std::vector<std::string_view> values_of(std::string_view name, word_span words) const;
  /// Where the first word stands that is neither an option nor the value of one; words.size(): nowhere.
  [[nodiscard]] std::size_t first_stray(word_span words) const;
  /// Whether a word stands where an option does, also one that is no row.
  [[nodiscard]] bool mentions(std::string_view name, word_span words) const;
  [[nodiscard]] const cli_option* find(std::string_view name) const noexcept;
  [[nodiscard]] const std::deque<cli_option>& rows() const noexcept { return rows_; }
  /// The headings in the order of their first rows.
  [[nodiscard]] std::vector<std::string> groups() const;

 private:
  // Calls `visit` with each option and what follows it.
  template <class Visit>
  void walk(word_span words, const Visit& visit) const;
  cli_option& add(names spellings, std::string argument, std::string help);

  std::string group_;
  std::deque<cli_option> rows_;  // rows stay where they are
  std::deque<cli_option> left_out_;
};

/// The number that is the whole of the text, or empty.
[[nodiscard]] std::optional<long long> whole_number(std::string_view text) noexcept;
/// The number that is the whole of the text, with or without a fraction, or empty.
[[nodiscard]] std::optional<double> decimal_number(std::string_view text) noexcept;

}  // namespace nanomq::program
