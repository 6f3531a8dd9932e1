#include "options.hpp"

#include <charconv>
#include <optional>
#include <ranges>

namespace nanomq::bench {
namespace {

constexpr unsigned most_rounds = 100;
constexpr double longest_run_s = 60;

std::optional<double> number_in(std::string_view text, double least, double most) noexcept {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || !(value >= least && value <= most))
    return std::nullopt;
  return value;
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> parts;
  for (const auto part : std::views::split(text, ',')) {
    if (const std::string_view word{part.begin(), part.end()}; !word.empty()) parts.emplace_back(word);
  }
  return parts;
}

/// Takes one option that has a value. Errors: what the option wants.
std::expected<void, std::string> take(options& out, std::string_view name, std::string_view value) {
  if (name == "--nanomq") {
    out.nanomq = value;
  } else if (name == "--nanomq-args") {
    out.nanomq_arguments = value;
  } else if (name == "--peer") {
    auto peer = peer_recipe(value);
    if (!peer) return std::unexpected(peer.error());
    out.peers.push_back(std::move(*peer));
  } else if (name == "--rows") {
    out.rows = split_commas(value);
  } else if (name == "--rounds") {
    const auto rounds = number_in(value, 1, most_rounds);
    if (!rounds) return std::unexpected("--rounds wants a number from 1 to 100");
    out.rounds = static_cast<unsigned>(*rounds);
  } else if (name == "--seconds") {
    const auto seconds = number_in(value, 0.05, longest_run_s);
    if (!seconds) return std::unexpected("--seconds wants a number from 0.05 to 60");
    out.duration = std::chrono::milliseconds{static_cast<std::int64_t>(*seconds * 1000)};
  } else if (name == "--scale") {
    const auto scale = number_in(value, 0.001, 10);
    if (!scale) return std::unexpected("--scale wants a number from 0.001 to 10");
    out.scale = *scale;
  } else if (name == "--protocol") {
    if (value != "4" && value != "5") return std::unexpected("--protocol wants 4 or 5");
    out.version = value == "4" ? protocol_version::v3_1_1 : protocol_version::v5;
  } else {
    return std::unexpected("unknown option " + std::string{name});
  }
  return {};
}

}  // namespace

std::expected<options, std::string> parse_options(std::span<char* const> arguments) {
  options out;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string_view name = arguments[at];
    if (name == "--help" || name == "-h") {
      out.help = true;
    } else if (name == "--list") {
      out.list = true;
    } else if (name == "--no-peers") {
      out.installed_peers = false;
    } else if (at + 1 == arguments.size()) {
      return std::unexpected(std::string{name} + ": unknown, or its value is missing");
    } else if (const auto taken = take(out, name, arguments[++at]); !taken) {
      return std::unexpected(taken.error());
    }
  }
  return out;
}

std::string_view usage() noexcept {
  return R"(nanomq_bench_macro: MQTT brokers under the same load, in turn, with a table of ratios at the end.

  --nanomq PATH          the broker to measure (default: the one built beside this program, else from PATH)
  --nanomq-args "A B"    more arguments for `nanomq broker start`, for instance "--shards 1"
  --peer 'NAME=COMMAND'  compare with another broker too; {port} and {dir} are filled in; may be repeated
  --no-peers             leave out mosquitto, which is compared with wherever it is installed
  --rows A,B             only these rows (see --list)
  --rounds N             each broker runs each row N times, in turn (default 3); medians are shown
  --seconds S            length of a run that is not counted in messages (default 2)
  --scale F              multiplies connections, subscriptions, messages and rates (default 1)
  --protocol 4|5         MQTT 3.1.1 or 5.0 (default 4)
  --list                 show the rows and end
  --help                 show this and end

Exit status: 0 every run verified, 1 wrong usage, 2 a broker lost, repeated or reordered messages or could not be run.
)";
}

}  // namespace nanomq::bench
