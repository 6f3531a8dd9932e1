// A setting by its key, whichever part of the option table it is from: a row of its own, or one that every listener has.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/config/listener_option.hpp"
#include "nanomq/config/option.hpp"
#include "nanomq/config/settings.hpp"

namespace nanomq::config {

/// Thread: immutable.
class setting {
 public:
  explicit setting(const option& row) noexcept : row_(&row) {}
  explicit setting(listener_setting of) noexcept : of_(std::move(of)) {}

  [[nodiscard]] std::string key() const { return row_ != nullptr ? std::string(row_->key) : of_.key(); }
  [[nodiscard]] value_type type() const noexcept { return row_ != nullptr ? row_->type : of_.row->type; }
  [[nodiscard]] const value_range& range() const noexcept { return row_ != nullptr ? row_->range : of_.row->range; }
  [[nodiscard]] bool reloadable() const noexcept { return row_ != nullptr ? row_->reloadable : of_.row->reloadable; }
  [[nodiscard]] bool secret() const noexcept { return row_ != nullptr ? row_->secret : of_.row->secret; }
  [[nodiscard]] value get(const settings& from) const;
  /// Makes the listener that the key names if it is not there.
  /// Errors: config; `why` says what is wrong.
  [[nodiscard]] nanolib::result<void> set(settings& into, const value& what, std::string& why) const;
  /// Whether these settings have it: a listener's only when they mention the listener.
  [[nodiscard]] bool is_in(const settings& which) const;
  /// The value as it is shown: what is secret is not.
  [[nodiscard]] std::string shown(const settings& from) const;

  friend bool operator==(const setting& one, const setting& other) { return one.key() == other.key(); }

 private:
  const option* row_ = nullptr;
  listener_setting of_;
};

/// A URL as it is shown: a query may have a secret in it.
[[nodiscard]] std::string without_query(std::string_view url);

/// By key or alias; none when there is none.
[[nodiscard]] std::optional<setting> find_setting(std::string_view key);

/// By the name of a variable of the environment, the product's own or NanoMQ's.
[[nodiscard]] std::optional<setting> find_variable(std::string_view name, bool own);

/// All that these settings have, in the order in which they are shown: those of the listeners that there are (of the
/// plain one without a name in any case), then the rest.
[[nodiscard]] std::vector<setting> settings_in(const settings& what);

/// Those of both whose values differ.
[[nodiscard]] std::vector<setting> changed_settings(const settings& before, const settings& after);

}  // namespace nanomq::config
