// From a configuration file's tree to the settings in it: which key is which row of the option table, which one is
// NanoMQ's and has no meaning here, and which one is nobody's.
#pragma once

#include <string>
#include <vector>

#include "nanomq/config/fault.hpp"
#include "nanomq/config/hocon.hpp"
#include "nanomq/config/setting.hpp"

namespace nanomq::config {

struct file_setting {
  setting which;
  written_value written;
  hocon_place key_place;
  hocon_place value_place;
};

/// What stands in a file beside values of options. Views into the document.
struct written_objects {
  const hocon_value* passwords = nullptr;  ///< auth.password
  const hocon_value* acl = nullptr;        ///< auth.acl
  const hocon_value* bans = nullptr;
  const hocon_value* user_limits = nullptr;  ///< limits.users
};

/// What is wrong goes to `faults` and is left out; `warnings` gets a line for each key that is passed over.
[[nodiscard]] std::vector<file_setting> settings_of(const hocon_document& from, written_objects& objects,
                                                    std::vector<std::string>& warnings, placed_faults& faults);

/// What is said about a key that nobody knows.
[[nodiscard]] std::string unknown_key(std::string_view key);

/// A key as it is shown in a message: somebody else may have written it.
[[nodiscard]] std::string shown_key(std::string_view key);

}  // namespace nanomq::config
