// The client verbs: pub, sub and whatever else talks to a broker. Their command lines are read by option_table, in
// mosquitto's grammar, which CLI11 (broker verbs) has not: there a value may not look like an option, and an option has as
// many values at one time as at another.
#pragma once

#include <optional>
#include <span>

#include "cli_option.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

struct client_verb {
  std::string_view name;
  std::string_view summary;  ///< for the list of verbs
  /// Runs it with the words behind the verb: the exit status.
  int (*run)(option_table::word_span words);
  /// What there is to know about it. The options are bound to nothing that lives: read() may not be called.
  verb_page (*page)();
};

[[nodiscard]] std::span<const client_verb> client_verbs() noexcept;

/// Runs the client verb that the first word names: its exit status. Nothing when it names none.
[[nodiscard]] std::optional<int> run_client_verb(option_table::word_span words);

}  // namespace nanomq::program
