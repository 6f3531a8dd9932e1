// `nanomq bench pub|sub|conn|roundtrip`: many clients at once, and what became of their messages.
#pragma once

#include "load_options.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

/// One for each verb below it.
struct bench_command {
  load_command pub{tools::load_kind::publish};
  load_command sub{tools::load_kind::subscribe};
  load_command conn{tools::load_kind::connect};
  load_command roundtrip{tools::load_kind::roundtrip};
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page bench_page(bench_command& into);

/// The first word is the verb below bench. The answer: the exit status.
int run_bench(option_table::word_span words);

}  // namespace nanomq::program
