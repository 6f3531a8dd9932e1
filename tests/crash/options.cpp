#include "options.hpp"

#include <charconv>
#include <optional>

namespace nanomq::crash {
namespace {

using outcome = std::expected<void, std::string>;

/// Reads a number between the two, into anything that is made from one.
template <class Number>
outcome number_into(Number& to, std::string_view name, std::string_view text, double least, double most) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) {
    to = static_cast<Number>(value);
    return {};
  }
  return std::unexpected(std::string{name} + " wants a number from " + std::to_string(static_cast<long long>(least)) +
                         " to " + std::to_string(static_cast<long long>(most)));
}

template <class Duration>
outcome duration_into(Duration& to, std::string_view name, std::string_view text, double least, double most) {
  std::int64_t count = 0;
  const outcome read = number_into(count, name, text, least, most);
  if (read) to = Duration{count};
  return read;
}

/// `100-500`.
outcome load_into(crash_settings& to, std::string_view name, std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::unexpected(std::string{name} + " wants two numbers, such as 100-500");
  if (auto least = duration_into(to.shortest_load, name, text.substr(0, dash), 1, 600'000); !least) return least;
  return duration_into(to.longest_load, name, text.substr(dash + 1), 1, 600'000);
}

outcome ending_into(ending& to, std::string_view name, std::string_view text) {
  if (text == "kill") {
    to = ending::kill;
  } else if (text == "terminate") {
    to = ending::terminate;
  } else if (text == "cut") {
    to = ending::cut;
  } else {
    return std::unexpected(std::string{name} + " wants kill, terminate or cut");
  }
  return {};
}

outcome take(options& out, std::string_view name, std::string_view value) {
  crash_settings& crash = out.crash;
  if (name == "--broker") {
    out.brokers.emplace_back(value);
  } else if (name == "--program") {
    out.program = value;
  } else if (name == "--broker-args") {
    out.broker_arguments = value;
  } else if (name == "--durability") {
    out.durability = value;
  } else if (name == "--cycles") {
    return number_into(crash.cycles, name, value, 0, 1'000'000);
  } else if (name == "--seed") {
    return number_into(crash.seed, name, value, 0, 1e15);
  } else if (name == "--ending") {
    return ending_into(crash.how, name, value);
  } else if (name == "--load-ms") {
    return load_into(crash, name, value);
  } else if (name == "--rate") {
    return number_into(crash.rate, name, value, 0, 10'000'000);
  } else if (name == "--publishers") {
    return number_into(crash.who.publishers, name, value, 1, 200);
  } else if (name == "--window") {
    return number_into(crash.who.window, name, value, 1, 1'000);
  } else if (name == "--payload") {
    return number_into(crash.who.payload, name, value, 8, 1'000'000);
  } else if (name == "--verify-every") {
    return number_into(crash.verify_every, name, value, 1, 1'000'000);
  } else if (name == "--patience-ms") {
    return duration_into(crash.patience, name, value, 50, 600'000);
  } else if (name == "--time-limit") {
    return duration_into(crash.time_limit, name, value, 1, 1'000'000);
  } else if (name == "--seconds") {
    double seconds = 0;
    const outcome read = number_into(seconds, name, value, 0.2, 600);
    if (read) out.measured = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1'000)};
    return read;
  } else if (name == "--times") {
    return number_into(out.scale, name, value, 0.0001, 100);
  } else {
    return std::unexpected("unknown option " + std::string{name});
  }
  return {};
}

/// Options without a value. False: it is none of them.
bool take_flag(options& out, std::string_view name) {
  if (name == "--help" || name == "-h") {
    out.what = mode::help;
  } else if (name == "--throughput") {
    out.what = mode::throughput;
  } else if (name == "--scale") {
    out.what = mode::scale;
  } else if (name == "--json") {
    out.json = true;
  } else if (name == "--verbose") {
    out.crash.verbose = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::expected<options, std::string> parse_options(std::span<char* const> arguments) {
  options out;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string_view name = arguments[at];
    if (take_flag(out, name)) continue;
    if (at + 1 == arguments.size()) return std::unexpected(std::string{name} + ": unknown, or its value is missing");
    if (const auto taken = take(out, name, arguments[++at]); !taken) return std::unexpected(taken.error());
  }
  if (out.crash.longest_load < out.crash.shortest_load)
    return std::unexpected("--load-ms wants the shorter time first");
  if (out.brokers.empty()) out.brokers.emplace_back("nanomq");
  if (out.brokers.size() > 1 && !out.program.empty()) return std::unexpected("--program is for one --broker");
  return out;
}

std::string_view usage() noexcept {
  return R"(nanomq_crash_test: kills a broker under load, again and again, and checks what it had promised.

  --broker NAME          nanomq, mosquitto, mosquitto-safest, flashmq, flashmq-1 (with one thread: with more it reorders
                         even in peace), or 'NAME=COMMAND', where {port}, {dir} and {user} are filled in; may be
                         repeated: one after the other (default nanomq)
  --program PATH         its program (default: the environment's NANOMQ_CRASH_<NAME>, else from PATH)
  --broker-args "A B"    more arguments for it
  --durability D         of nanomq: fsync, process or none

  --cycles N             how often it is killed and started again (default 100)
  --seed S               of all random decisions (default 1)
  --ending E             kill: SIGKILL; terminate: SIGTERM; cut: the broker goes on and all connections are cut
  --load-ms A-B          how long it is under load before that (default 100-500)
  --rate R               messages published a second, at most; 0: as many as the windows let through (default 20000)
  --publishers N         (default 8), each with up to --window N messages unacknowledged (default 20)
  --payload N            bytes of most messages (default 64)
  --verify-every N       everything is looked for after so many cycles (default 10)
  --patience-ms N        what does not come while nothing else comes for so long is lost (default 3000)
  --time-limit S         no new cycle after this time (default 3600)

  --throughput           instead: acknowledged messages a second with offline subscribers, bytes written, stalls
  --seconds S            for so long (default 5)
  --scale                instead: a million queued messages, 100 000 sessions, a million retained messages, then a restart
  --times F              times these numbers (default 1)

  --json                 the result as JSON on standard output
  --verbose              progress on standard error
  --help                 show this and end

Exit status: 0 nothing was wrong, 1 wrong usage, 2 the broker broke a promise or could not be run.
)";
}

}  // namespace nanomq::crash
