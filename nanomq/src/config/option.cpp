#include "nanomq/config/option.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "access_option.hpp"
#include "engine_option.hpp"
#include "log_option.hpp"
#include "nanomq/config/listener_option.hpp"
#include "webhook_option.hpp"

namespace nanomq::config {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::span<const option> options() noexcept {
  static const std::vector<option> all = [] {
    std::vector<option> rows;
    for (const auto group : {access_options(), engine_options(), log_options(), webhook_options()})
      rows.insert(rows.end(), group.begin(), group.end());
    return rows;
  }();
  return all;
}

const option* find_option(std::string_view key) noexcept {
  const auto all = options();
  const auto found = std::ranges::find_if(
      all, [&](const option& row) { return row.key == key || (!row.alias.empty() && row.alias == key); });
  return found == all.end() ? nullptr : &*found;
}

std::string nearest_key(std::string_view key) {
  constexpr std::size_t longest = 64;  // keeps the work small whatever is asked
  if (key.size() > longest) return {};
  std::string best;
  std::size_t least = 1 + std::max<std::size_t>(2, key.size() / 4);
  const auto try_key = [&](std::string_view known) {
    auto far = edit_distance(key, known);
    // The right word in a wrong place, too.
    const auto last = key.substr(key.rfind('.') + 1);
    const auto elsewhere = edit_distance(last, known.substr(known.rfind('.') + 1));
    if (elsewhere <= last.size() / 4) far = std::min(far, 2 + elsewhere);
    if (far >= least) return;
    least = far;
    best = known;
  };
  for (const auto& row : options()) try_key(row.key);
  if (edit_distance(key.substr(0, key.find('.')), "listeners") > 2) return best;
  for (const std::string_view prefix :
       {key.substr(0, key.rfind('.') + 1), std::string_view("listeners.tcp."), std::string_view("listeners.ssl."),
        std::string_view("listeners.ws."), std::string_view("listeners.wss.")}) {
    for (const auto& row : listener_rows()) {
      const auto known = std::string(prefix) + std::string(row.key);
      if (find_listener_setting(known)) try_key(known);
    }
  }
  return best;
}

std::string variable_of_key(std::string_view key) {
  std::string name = "NANOMQ_";
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

std::string environment_name(const option& which) { return variable_of_key(which.key); }

}  // namespace nanomq::config
