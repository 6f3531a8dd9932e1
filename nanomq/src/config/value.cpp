#include "nanomq/config/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: the order in which they are tried for printing.
constexpr std::array sizes{unit{"GB", std::uint64_t{1} << 30U}, unit{"MB", std::uint64_t{1} << 20U},
                           unit{"KB", std::uint64_t{1} << 10U}, unit{"B", 1}};
// Further names of the same, as HOCON has them.
constexpr std::array more_sizes{unit{"KiB", std::uint64_t{1} << 10U}, unit{"MiB", std::uint64_t{1} << 20U},
                                unit{"GiB", std::uint64_t{1} << 30U}, unit{"K", std::uint64_t{1} << 10U},
                                unit{"M", std::uint64_t{1} << 20U},   unit{"G", std::uint64_t{1} << 30U}};
constexpr std::array more_durations{unit{"millis", 1},       unit{"milliseconds", 1},  unit{"second", 1'000},
                                    unit{"seconds", 1'000},  unit{"minute", 60'000},   unit{"minutes", 60'000},
                                    unit{"hour", 3'600'000}, unit{"hours", 3'600'000}, unit{"day", 86'400'000},
                                    unit{"days", 86'400'000}};
constexpr std::array durations{unit{"d", 86'400'000}, unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1'000},
                               unit{"ms", 1}};

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  return out + '"';
}

constexpr bool is_size(value_type type) noexcept { return type == value_type::size || type == value_type::share; }

std::string print_number(value_type type, std::uint64_t number) {
  const auto units = is_size(type)                  ? std::span<const unit>(sizes)
                     : type == value_type::duration ? std::span<const unit>(durations)
                                                    : std::span<const unit>{};
  if (number != 0) {
    for (const auto& one : units) {
      // A bare number is a number of bytes already.
      if (number % one.factor == 0)
        return std::to_string(number / one.factor) + (one.name == "B" ? "" : std::string(one.name));
    }
  }
  return std::to_string(number) + (type == value_type::duration ? "s" : "");
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::ranges::equal(a, b, {}, upper, upper);
}

std::optional<std::uint64_t> factor_of(value_type type, std::string_view suffix) {
  if (suffix.size() > 1) suffix.remove_prefix(std::min(suffix.find_first_not_of(' '), suffix.size()));  // 10 s
  if (is_size(type)) {
    if (suffix.empty()) return 1;
    for (const auto& one : sizes) {
      if (same_letters(one.name, suffix)) return one.factor;
    }
    for (const auto& one : more_sizes) {
      if (same_letters(one.name, suffix)) return one.factor;
    }
  } else if (type == value_type::duration) {
    for (const auto& one : durations) {
      if (one.name == suffix) return one.factor;
    }
    for (const auto& one : more_durations) {
      if (one.name == suffix) return one.factor;
    }
  } else if (suffix.empty()) {
    return 1;
  }
  return std::nullopt;
}

std::string_view expected_form(value_type type) {
  if (type == value_type::size) return "a size such as 512, 64KB, 2MB or 1GB";
  if (type == value_type::share) return "a size such as 512, 64KB, 2MB or 1GB, or a share such as 25%";
  if (type == value_type::duration) return "a duration such as 500ms, 10s, 5m, 2h or 7d";
  return "a whole number";
}

nanolib::result<value> parse_number(value_type type, const value_range& range, std::string_view text,
                                    std::string& why) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  const auto between = [&] { return quoted(text) + " is out of range: " + print_range(type, range); };
  if (failed == std::errc::result_out_of_range ||
      (text.size() > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9')) {
    return refuse(why, between());
  }
  // Zero is the same in every unit.
  const bool bare_zero = number == 0 && digits == text.size();
  const auto factor = bare_zero ? std::optional<std::uint64_t>(1) : factor_of(type, text.substr(digits));
  if (digits == 0 || !factor) return refuse(why, quoted(text) + " is not " + std::string(expected_form(type)));
  if (number > std::numeric_limits<std::uint64_t>::max() / *factor) return refuse(why, between());
  number *= *factor;
  if (number == 0 && range.or_zero) return value(number);
  if (number < range.least || number > range.most) return refuse(why, between());
  if (number % range.step != 0) {
    return refuse(why, quoted(text) + " is too fine: it is counted in steps of " + print_number(type, range.step));
  }
  return value(number);
}

// "25%", or a size.
nanolib::result<value> parse_share(const value_range& range, std::string_view text, std::string& why) {
  if (!text.ends_with('%')) return parse_number(value_type::share, range, text, why);
  auto digits = text.substr(0, text.size() - 1);
  while (digits.ends_with(' ')) digits.remove_suffix(1);
  std::string unused;
  const auto parsed = parse_number(value_type::count, {1, 100}, digits, unused);
  if (!parsed) return refuse(why, quoted(text) + " is no share: 1% to 100%, in whole numbers");
  return value(percent{static_cast<std::uint32_t>(std::get<std::uint64_t>(*parsed))});
}

constexpr std::uint64_t longest_period = 86'400'000;

/// "1MB/s", "100/10s", "0". The period is one unit of time where no number stands before it.
nanolib::result<value> parse_rate(value_type type, const value_range& range, std::string_view text, std::string& why) {
  if (text == "0" || text == "infinity") return value(nanolib::rate{});
  const auto slash = std::min(text.find('/'), text.size());
  const auto refuse_form = [&] {
    return refuse(why, quoted(text) + " is not a rate such as " +
                           (type == value_type::rate ? "100/s, 6000/m or 10/30s" : "64KB/s, 10MB/m or 1MB/30s") +
                           ", or 0 for none");
  };
  if (slash + 1 >= text.size()) return refuse_form();
  std::string period(text.substr(slash + 1));
  if (period.front() < '0' || period.front() > '9') period.insert(0, "1");
  std::string unused;
  const auto units = type == value_type::rate ? value_type::count : value_type::size;
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  const value_range amounts{1, range.most == 0 ? most : std::min(range.most, most)};
  const auto amount = parse_number(units, amounts, text.substr(0, slash), unused);
  const auto per = parse_number(value_type::duration, {0, std::numeric_limits<std::uint64_t>::max()}, period, unused);
  if (!per || (!amount && unused.find("out of range") == std::string::npos)) return refuse_form();
  const auto time = std::get<std::uint64_t>(*per);
  if (!amount) {
    return refuse(why, quoted(text) + " is out of range: at most " + print_number(units, amounts.most) +
                           " in one period, or 0 for no limit");
  }
  if (time < 1'000 || time > longest_period)
    return refuse(why, quoted(text) + " is out of range: the period is 1s to 1d");
  return value(nanolib::rate{std::get<std::uint64_t>(*amount), nanolib::duration(static_cast<std::int64_t>(time))});
}

std::string print_rate(value_type type, const nanolib::rate& what) {
  if (!what.is_limited()) return "0";
  const auto amount = print_number(type == value_type::rate ? value_type::count : value_type::size, what.amount);
  auto period = print_number(value_type::duration, static_cast<std::uint64_t>(what.per.count()));
  if (period.size() == 2 && period.front() == '1') period.erase(0, 1);
  return amount + "/" + period;
}

nanolib::result<value> parse_text(const value_range& range, const std::string& text, std::string& why) {
  auto rest = range.choices;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('|'), rest.size());
    // POST and WARN are what others write.
    const auto same = [](char one, char other) { return one == (other >= 'A' && other <= 'Z' ? other + 32 : other); };
    if (std::ranges::equal(rest.substr(0, end), text, same)) return value(std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string accepted(range.choices);
  for (auto& c : accepted) c = c == '|' ? ',' : c;
  return refuse(why, quoted(text) + " is not one of " + accepted);
}

}  // namespace

nanolib::result<value> parse_value(value_type type, const value_range& range, const written_value& written,
                                   std::string& why) {
  if (type == value_type::list) return value(written.items);
  if (written.is_list || written.items.size() != 1) return refuse(why, "takes one value, not a list");
  const auto& text = written.items.front();
  if (type == value_type::path) return value(text);
  if (type == value_type::text) return parse_text(range, text, why);
  if (type == value_type::rate || type == value_type::byte_rate) return parse_rate(type, range, text, why);
  if (type == value_type::share) return parse_share(range, text, why);
  if (type != value_type::boolean) return parse_number(type, range, text, why);
  if (text == "true" || text == "false") return value(text == "true");
  return refuse(why, quoted(text) + " is not true or false");
}

std::string print_value(value_type type, const value& what) {
  if (const auto* truth = std::get_if<bool>(&what)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<std::uint64_t>(&what)) return print_number(type, *number);
  if (const auto* flow = std::get_if<nanolib::rate>(&what)) return print_rate(type, *flow);
  if (const auto* part = std::get_if<percent>(&what)) return std::to_string(part->of_hundred) + "%";
  if (const auto* text = std::get_if<std::string>(&what)) {
    return type == value_type::path ? quoted(*text) : *text;
  }
  std::string out = "[";
  for (const auto& item : std::get<std::vector<std::string>>(what)) {
    if (out.size() > 1) out += ", ";
    out += quoted(item);
  }
  return out + "]";
}

std::string print_range(value_type type, const value_range& range) {
  std::string out;
  if (type == value_type::text) {
    for (const char c : range.choices) out += c == '|' ? std::string(", ") : std::string(1, c);
  } else if (type == value_type::boolean) {
    out = "true, false";
  } else if (type == value_type::rate || type == value_type::byte_rate) {
    out = type == value_type::rate ? "0, or as in 100/s, 6000/m, 10/30s" : "0, or as in 64KB/s, 10MB/m";
  } else if (type != value_type::list && type != value_type::path) {
    out = (range.or_zero ? "0, or " : "") + print_number(type, range.least) + " to " + print_number(type, range.most);
    if (type == value_type::share) out += ", or 1% to 100%";
  }
  return out;
}

std::string_view type_name(value_type type) noexcept {
  switch (type) {
    case value_type::boolean:
      return "boolean";
    case value_type::count:
      return "count";
    case value_type::size:
      return "size";
    case value_type::duration:
      return "duration";
    case value_type::text:
      return "word";
    case value_type::path:
      return "path";
    case value_type::list:
      return "list";
    case value_type::rate:
      return "rate";
    case value_type::byte_rate:
      return "rate of bytes";
    case value_type::share:
      return "size or share";
  }
  return "";
}

}  // namespace nanomq::config
