// Rows of the option table about the HTTP server that access control asks: auth.http_auth.
#pragma once

#include <string_view>

#include "nanomq/config/option.hpp"
#include "nanomq/http/url.hpp"

namespace nanomq::config {

/// Lists of "name=value". In a file they may be objects, too. Errors: config; `why` says which.
[[nodiscard]] value shown_fields(const access::http_question_settings::fields& from);
[[nodiscard]] nanolib::result<void> read_fields(const value& from, access::http_question_settings::fields& into,
                                                std::string& why);
/// Whether this key's value may be an object of names and texts.
[[nodiscard]] bool takes_fields(std::string_view key) noexcept;
/// Whether what is set there is better not shown: headers carry keys.
[[nodiscard]] bool is_secret_list(std::string_view key) noexcept;
/// Its entries without their values.
[[nodiscard]] value hidden_fields(std::string_view key, const std::vector<std::string>& of);

namespace http_option {

using access::http_question_settings;
using access::http_settings;

constexpr bool while_running = true;

template <http_question_settings http_settings::* Which>
constexpr option url(std::string_view key, std::string_view help) {
  return {key,
          {},
          {},
          value_type::path,
          {},
          while_running,
          help,
          [](const settings& from) { return value((from.access.http.*Which).url); },
          [](settings& into, const value& what, std::string& why) -> nanolib::result<void> {
            const auto& text = std::get<std::string>(what);
            if (!text.empty()) {
              if (const auto read = http::read_url(text, why); !read) return std::unexpected(read.error());
            }
            (into.access.http.*Which).url = text;
            return {};
          }};
}

template <http_question_settings http_settings::* Which>
constexpr option method(std::string_view key) {
  return {key,
          {},
          {},
          value_type::text,
          {.choices = "get|post"},
          while_running,
          "get: the parameters stand in the query. post: in the body.",
          [](const settings& from) { return value(std::string((from.access.http.*Which).is_post ? "post" : "get")); },
          [](settings& into, const value& what, std::string&) -> nanolib::result<void> {
            (into.access.http.*Which).is_post =
                std::get<std::string>(what) == "post";
            return {};
          }};
}

template <http_question_settings http_settings::* Which, http_question_settings::fields http_question_settings::* Part>
constexpr option fields(std::string_view key, std::string_view help) {
  return {key,
          {},
          {},
          value_type::list,
          {},
          while_running,
          help,
          [](const settings& from) { return shown_fields(from.access.http.*Which.*Part); },
          [](settings& into, const value& what, std::string& why) {
            return read_fields(what, into.access.http.*Which.*Part, why);
          }};
}

template <auto Member>
constexpr option number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                        std::string_view help) {
  return {key,
          {},
          {},
          type,
          {least, most},
          while_running,
          help,
          [](const settings& from) {
            if constexpr (requires { (from.access.http.*Member).count(); }) {
              return value(static_cast<std::uint64_t>((from.access.http.*Member).count()));
            } else {
              return value(std::uint64_t{from.access.http.*Member});
            }
          },
          [](settings& into, const value& what, std::string&) -> nanolib::result<void> {
            auto& to = into.access.http.*Member;
            to = std::remove_reference_t<decltype(to)>(std::get<std::uint64_t>(what));
            return {};
          }};
}

template <auto Member>
constexpr option path(std::string_view key, std::string_view help) {
  return {key,
          {},
          {},
          value_type::path,
          {},
          while_running,
          help,
          [](const settings& from) { return value(from.access.http.*Member); },
          [](settings& into, const value& what, std::string&) -> nanolib::result<void> {
            into.access.http.*Member = std::get<std::string>(what);
            return {};
          }};
}

}  // namespace http_option
}  // namespace nanomq::config
