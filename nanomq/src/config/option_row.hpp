// Makers of rows of the option table. How a row is shown and set follows from the C++ type of what it sets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "nanomq/config/option.hpp"

namespace nanomq::config::row {

constexpr std::uint64_t kilo = 1024;
constexpr std::uint64_t mega = kilo * kilo;
constexpr std::uint64_t giga = kilo * mega;
constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t hour = 3'600 * second;

template <class Member>
concept counted = requires(Member number) { static_cast<std::uint64_t>(number); } && !std::is_same_v<Member, bool> &&
                  !std::is_enum_v<Member>;
template <class Member>
concept timed = requires(Member time) { time.count(); };

template <std::uint64_t Scale, class Member>
[[nodiscard]] value shown(const Member& from) {
  if constexpr (timed<Member>) {
    return static_cast<std::uint64_t>(from.count());
  } else if constexpr (counted<Member>) {
    return std::uint64_t{from} * Scale;
  } else {
    return from;
  }
}

template <std::uint64_t Scale, class Member>
void take(Member& into, const value& what) {
  if constexpr (timed<Member>) {
    into = Member(static_cast<typename Member::rep>(std::get<std::uint64_t>(what)));
  } else if constexpr (counted<Member>) {
    into = static_cast<Member>(std::get<std::uint64_t>(what) / Scale);
  } else {
    into = std::get<Member>(what);
  }
}

/// A row of what `Get` finds in the settings, `[](auto& all) -> auto& { return all.log.file; }`: a number, a duration, a
/// truth, a text, a list of texts or a rate. A running broker can change it. `Scale`: 1000 for what is kept in seconds,
/// durations being in milliseconds here.
template <std::uint64_t Scale = 1, class Get>
constexpr option of(std::string_view key, value_type type, value_range range, std::string_view help, Get) {
  return {.key = key,
          .alias = {},
          .environment = {},
          .type = type,
          .range = range,
          .reloadable = true,
          .help = help,
          .get = [](const settings& from) { return shown<Scale>(Get()(from)); },
          .set = [](settings& into, const value& what, std::string&) -> nanolib::result<void> {
            take<Scale>(Get()(into), what);
            return {};
          }};
}

template <class Get>
constexpr option truth(std::string_view key, std::string_view help, Get get) {
  return of(key, value_type::boolean, {}, help, get);
}

template <class Get>
constexpr option path(std::string_view key, std::string_view help, Get get) {
  return of(key, value_type::path, {}, help, get);
}

/// The words stand in the order of the enumeration, or of false and true: "auto|epoll|poll".
[[nodiscard]] constexpr std::string_view word_at(std::string_view words, std::size_t index) {
  for (; index > 0; --index) words.remove_prefix(words.find('|') + 1);
  return words.substr(0, words.find('|'));
}
[[nodiscard]] constexpr std::size_t index_of(std::string_view words, std::string_view word) {
  std::size_t index = 0;
  while (word_at(words, index) != word) ++index;
  return index;
}

/// A row of one of a few words.
template <const std::string_view& Words, class Get>
constexpr option choice(std::string_view key, std::string_view help, Get) {
  return {.key = key,
          .alias = {},
          .environment = {},
          .type = value_type::text,
          .range = {.choices = Words},
          .reloadable = true,
          .help = help,
          .get =
              [](const settings& from) {
                return value(std::string(word_at(Words, static_cast<std::size_t>(Get()(from)))));
              },
          .set = [](settings& into, const value& what, std::string&) -> nanolib::result<void> {
            auto& member = Get()(into);
            member =
                static_cast<std::remove_reference_t<decltype(member)>>(index_of(Words, std::get<std::string>(what)));
            return {};
          }};
}

/// A row that more than its type says is read and shown by functions of its own.
constexpr option special(std::string_view key, value_type type, std::string_view help, decltype(option::get) get,
                         decltype(option::set) set) {
  return {.key = key,
          .alias = {},
          .environment = {},
          .type = type,
          .range = {},
          .reloadable = true,
          .help = help,
          .get = get,
          .set = set};
}

/// The same row, with other names.
constexpr option named(option row, std::string_view alias, std::string_view environment = {}) {
  row.alias = alias;
  row.environment = environment;
  return row;
}

/// The same row, of what only a start can change.
constexpr option fixed(option row) {
  row.reloadable = false;
  return row;
}

/// The same row, of what is not shown.
constexpr option secret(option row) {
  row.secret = true;
  return row;
}

}  // namespace nanomq::config::row
