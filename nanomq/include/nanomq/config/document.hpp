// What is written for people from the option table: the effective configuration, the sample file, the reference.
#pragma once

#include <string>

#include "nanomq/config/configuration.hpp"

namespace nanomq::config {

/// Every key with its value and where that is from, one a line, in the form of a configuration file.
[[nodiscard]] std::string print_configuration(const configuration& what);

/// etc/nanomq.conf: every key, commented out, with its help, range and default.
[[nodiscard]] std::string sample_file();

/// docs/config.md: the same as a reference, in Markdown.
[[nodiscard]] std::string reference();

}  // namespace nanomq::config
