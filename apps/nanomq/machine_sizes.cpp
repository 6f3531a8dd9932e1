#include "machine_sizes.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>

#include "nanomq/config/small_file.hpp"

namespace nanomq::program {
namespace {

constexpr std::size_t largest = std::size_t{64} << 10U;

std::string read(const std::string& path) {
  std::string why;
  return config::read_small_file(path, largest, why).value_or(std::string());
}

// What Linux lets the process's control groups (version 2) have; "max" and what cannot be read are no bound.
std::uint64_t bound_by_groups(std::uint64_t all) {
  const auto groups = read("/proc/self/cgroup");
  const auto at = groups.find("0::/");
  if (at == std::string::npos) return all;
  auto group = std::filesystem::path(groups.substr(at + 3, groups.find('\n', at) - at - 3));
  for (;; group = group.parent_path()) {
    const auto text = read("/sys/fs/cgroup" + group.string() + "/memory.max");
    std::uint64_t most = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), most);
    if (failed == std::errc() && most > 0) all = std::min(all, most);
    if (!group.has_relative_path()) return all;
  }
}

std::uint64_t disk_of(std::filesystem::path place) {
  std::error_code failed;
  while (!place.empty() && place.has_relative_path() && !std::filesystem::exists(place, failed)) {
    place = place.parent_path();
  }
  struct statvfs about{};
  if (place.empty() || ::statvfs(place.c_str(), &about) != 0) return 0;
  return std::uint64_t{about.f_blocks} * about.f_frsize;
}

}  // namespace

config::machine_sizes find_machine_sizes(const config::settings& with) {
  config::machine_sizes found;
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto size = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && size > 0) {
    found.memory = bound_by_groups(static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size));
  }
  found.store_disk = disk_of(with.broker.durability.directory);
  return found;
}

}  // namespace nanomq::program
