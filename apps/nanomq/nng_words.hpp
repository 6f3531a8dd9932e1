// Command lines of nng's programs (nngcat, and NanoMQ's tools that read theirs with the same function) in the grammar of the
// option table: shortened names, values behind an equals sign, a colon or a letter, and nothing in clusters.
#pragma once

#include <string>
#include <vector>

#include "cli_option.hpp"

namespace nanomq::program {

/// The same words as option_table::read() wants them: whole names, values as words of their own. What is no option stays,
/// so that read() refuses it.
/// Throws: usage_error (an ambiguous name, a value for a switch).
[[nodiscard]] std::vector<std::string> nng_words(const option_table& table, option_table::word_span words);

}  // namespace nanomq::program
