#include "nanomq/config/log_settings.hpp"

#include <algorithm>

namespace nanomq::config {

bool log_settings::goes_to(log_place where) const noexcept { return std::ranges::find(to, where) != to.end(); }

std::string log_settings::path() const {
  if (directory.empty() || file.starts_with('/')) return file;
  return directory + (directory.ends_with('/') ? "" : "/") + file;
}

}  // namespace nanomq::config
