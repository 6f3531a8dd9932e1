#include "nanomq/tools/message_format.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

#include "nanonng/mqtt/properties.hpp"

namespace nanomq::tools {
namespace {

using nanolib::as_text;
using nanonng::mqtt::property;
using nanonng::mqtt::property_id;
using nanonng::mqtt::property_reader;

constexpr std::string_view fields = "%ACDEFIJPRSUXdfjlmpqrtx";
constexpr std::string_view hex_separators = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~ ";
constexpr int largest_width = 100'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// What `\n` and its like stand for, or nothing.
std::optional<char> escape(char letter) noexcept {
  switch (letter) {
    case '\\':
      return '\\';
    case '0':
      return '\0';
    case 'a':
      return '\a';
    case 'e':
      return '\x1b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return std::nullopt;
  }
}

std::optional<property> find(nanolib::bytes block, property_id id) noexcept {
  property_reader reader(block);
  for (property one; reader.next(one);) {
    if (one.id == id) return one;
  }
  return std::nullopt;
}

void append_time(std::string& out, char conversion, const std::tm& parts) {
  const char format[] = {'%', conversion, '\0'};
  char text[100];
  out.append(text, std::strftime(text, sizeof text, format, &parts));
}

void append_nanoseconds(std::string& out, const local_time& when) {
  char text[16];
  out.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%09ld", when.nanoseconds)));
}

}  // namespace

const local_time& local_clock::now() noexcept {
  timespec present{};
  clock_gettime(CLOCK_REALTIME, &present);
  if (!known_ || present.tv_sec != time_.seconds) {
    ::localtime_r(&present.tv_sec, &time_.parts);
    time_.seconds = present.tv_sec;
    known_ = true;
  }
  time_.nanoseconds = present.tv_nsec;
  return time_;
}

/// Reads the format string from left to right.
class message_format::parser {
 public:
  explicit parser(std::string_view text) noexcept : rest_(text) {}

  std::string read(message_format& into) {
    while (!rest_.empty()) {
      const char first = take();
      std::string fault;
      if (first == '%') {
        fault = read_field(into);
      } else if (first == '@') {
        fault = read_time(into);
      } else if (first == '\\') {
        fault = read_escape(into);
      } else {
        text_of(into) += first;
      }
      if (!fault.empty()) return fault;
    }
    return {};
  }

 private:
  static constexpr const char* incomplete = "Incomplete format specifier.";

  char take() noexcept {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool take_if(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  int take_number() noexcept {
    int number = 0;
    while (!rest_.empty() && is_digit(rest_.front())) number = std::min(number * 10 + (take() - '0'), largest_width);
    return number;
  }
  static std::string& text_of(message_format& into) {
    if (into.steps_.empty() || into.steps_.back().kind != step_kind::text) into.steps_.emplace_back();
    return into.steps_.back().text;
  }

  std::string read_field(message_format& into) {
    field what;
    what.left = take_if('-');
    what.zero = take_if('0');
    what.width = take_number();
    if (take_if('.')) what.precision = take_number();
    const bool hex = rest_.size() > 1 && (rest_[1] == 'x' || rest_[1] == 'X');
    if (what.precision >= 0 && hex && hex_separators.find(rest_.front()) != std::string_view::npos) {
      what.separator = take();
    }
    if (rest_.empty()) return incomplete;
    what.kind = take();
    if (fields.find(what.kind) == std::string_view::npos) {
      return std::string("Invalid format specifier '") + what.kind + "'.";
    }
    if (what.kind == '%') {
      text_of(into) += '%';
      return {};
    }
    into.shows_time_ |= std::string_view("IJUj").find(what.kind) != std::string_view::npos;
    into.steps_.push_back({.kind = step_kind::field, .what = what});
    return {};
  }

  std::string read_time(message_format& into) {
    if (rest_.empty()) return incomplete;
    const char conversion = take();
    if (conversion == '@') {
      text_of(into) += '@';
      return {};
    }
    into.shows_time_ = true;
    into.steps_.push_back({.kind = step_kind::time, .what = {.kind = conversion}});
    return {};
  }

  std::string read_escape(message_format& into) {
    if (rest_.empty()) return "Incomplete escape specifier.";
    const char letter = take();
    const auto meant = escape(letter);
    if (!meant) return std::string("Invalid escape specifier '") + letter + "'.";
    text_of(into) += *meant;
    return {};
  }

  std::string_view rest_;
};

/// Appends the fields of one message.
class message_format::printer {
 public:
  printer(std::string& out, const shown_message& message, const local_time& when, bool indented,
          std::string& complaint) noexcept
      : out_(out), message_(message), when_(when), indented_(indented), complaint_(complaint) {}

  void print(const field& what) {
    switch (what.kind) {
      case 'A':
        return number(what, find(message_.properties, property_id::topic_alias));
      case 'C':
        return text(what, find(message_.properties, property_id::content_type), true);
      case 'D':
        return correlation_data();
      case 'E':
        return number(what, find(message_.properties, property_id::message_expiry_interval));
      case 'F':
        return number(what, find(message_.properties, property_id::payload_format_indicator));
      case 'I':
        return iso_time(what);
      case 'J':
      case 'j':
        return json(what.kind == 'J');
      case 'P':
        return user_properties();
      case 'R':
        return text(what, find(message_.properties, property_id::response_topic), false);
      case 'S':
        return subscription_identifier(what);
      case 'U':
        return unix_time();
      case 'X':
      case 'x':
        return hex(what);
      case 'd':
      case 'f':
        return real(what);
      case 'l':
        return number(what, message_.payload.size());
      case 'm':
        return number(what, message_.packet_identifier);
      case 'p':
        return payload(what);
      case 'q':
        out_ += static_cast<char>('0' + std::to_underlying(message_.qos));
        return;
      case 'r':
        out_ += message_.retain ? '1' : '0';
        return;
      default:
        return padded(what, cut(what, message_.topic), ' ');
    }
  }

 private:
  void padded(const field& what, std::string_view value, char pad) {
    const auto width = static_cast<std::size_t>(what.width);
    const std::size_t missing = width > value.size() ? width - value.size() : 0;
    if (!what.left) out_.append(missing, pad);
    out_ += value;
    if (what.left) out_.append(missing, ' ');
  }
  static char pad_of(const field& what) noexcept { return what.zero && !what.left ? '0' : ' '; }
  void blank(const field& what) { out_.append(static_cast<std::size_t>(what.width), pad_of(what)); }
  static std::string_view cut(const field& what, std::string_view value) noexcept {
    return what.precision < 0 ? value : value.substr(0, static_cast<std::size_t>(what.precision));
  }

  void number(const field& what, std::uint64_t value) {
    char digits[24];
    padded(what, {digits, std::to_chars(digits, digits + sizeof digits, value).ptr}, pad_of(what));
  }
  void number(const field& what, const std::optional<property>& value) {
    value ? number(what, std::uint64_t{value->number}) : blank(what);
  }
  void text(const field& what, const std::optional<property>& value, bool blank_if_none) {
    if (value) {
      padded(what, cut(what, value->text), ' ');
    } else if (blank_if_none) {
      blank(what);
    }
  }
  void subscription_identifier(const field& what) {
    message_.subscription_identifier ? number(what, std::uint64_t{*message_.subscription_identifier}) : blank(what);
  }
  void correlation_data() {
    if (const auto data = find(message_.properties, property_id::correlation_data)) out_ += as_text(data->data);
  }
  void user_properties() {
    property_reader reader(message_.properties);
    bool first = true;
    for (property one; reader.next(one);) {
      if (one.id != property_id::user_property) continue;
      if (!first) out_ += ' ';
      first = false;
      out_.append(one.text).append(1, ':').append(one.value);
    }
  }

  void iso_time(const field& what) {
    char text[100];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &when_.parts);
    padded(what, cut(what, {text, size}), ' ');
  }
  void unix_time() {
    out_ += std::to_string(when_.seconds);
    out_ += '.';
    append_nanoseconds(out_, when_);
  }

  // The width is also the longest, as in mosquitto_sub.
  void payload(const field& what) {
    auto value = as_text(message_.payload);
    if (what.width > 0) value = value.substr(0, static_cast<std::size_t>(what.width));
    padded(what, value, pad_of(what));
  }
  void hex(const field& what) {
    const char* const digits = what.kind == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
    std::string value;
    value.reserve(message_.payload.size() * 3);
    int in_group = 0;
    const auto put = [&](unsigned nibble) {
      if (what.precision > 0 && in_group == what.precision) {
        value += what.separator;
        in_group = 0;
      }
      value += digits[nibble];
      ++in_group;
    };
    for (const auto byte : message_.payload) {
      put(std::to_integer<unsigned>(byte) >> 4U);
      put(std::to_integer<unsigned>(byte) & 0xFU);
    }
    padded(what, value, pad_of(what));
  }

  // IEEE 754 in this machine's byte order, which is what the publisher's memory looked like if it is like ours.
  void real(const field& what) {
    double value = 0;
    if (what.kind == 'f') {
      float narrow = 0;
      if (message_.payload.size() != sizeof narrow) return complain("float", "non-float");
      std::memcpy(&narrow, message_.payload.data(), sizeof narrow);
      value = narrow;
    } else {
      if (message_.payload.size() != sizeof value) return complain("double", "non-double");
      std::memcpy(&value, message_.payload.data(), sizeof value);
    }
    const char* const format = what.left ? "%-*.*f" : what.zero ? "%0*.*f" : "%*.*f";
    const int size = std::snprintf(nullptr, 0, format, what.width, what.precision, value);
    const auto end = out_.size();
    out_.resize(end + static_cast<std::size_t>(size) + 1);
    (void)std::snprintf(out_.data() + end, static_cast<std::size_t>(size) + 1, format, what.width, what.precision,
                        value);
    out_.pop_back();
  }
  void complain(const char* wanted, const char* got) {
    complaint_ = std::string("Error: requested ") + wanted + " printing, but " + got + " data received";
  }

  void json(bool parsed) {
    if (!append_json(out_, message_, when_, {.parsed_payload = parsed, .indented = indented_})) {
      complaint_ = "Error: Message payload is not valid JSON on topic " + std::string(message_.topic) + ".";
    }
  }

  std::string& out_;
  const shown_message& message_;
  const local_time& when_;
  bool indented_;
  std::string& complaint_;
};

std::expected<message_format, std::string> message_format::parse(std::string_view text) {
  message_format made;
  if (auto fault = parser(text).read(made); !fault.empty()) return std::unexpected(std::move(fault));
  return made;
}

void message_format::append_to(std::string& out, const shown_message& message, const local_time& when, bool indented,
                               std::string& complaint) const {
  printer fields_of(out, message, when, indented, complaint);
  for (const auto& one : steps_) {
    switch (one.kind) {
      case step_kind::text:
        out += one.text;
        break;
      case step_kind::field:
        fields_of.print(one.what);
        break;
      case step_kind::time:
        one.what.kind == 'N' ? append_nanoseconds(out, when) : append_time(out, one.what.kind, when.parts);
        break;
    }
  }
}

}  // namespace nanomq::tools
