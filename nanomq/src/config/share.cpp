#include "nanomq/config/share.hpp"

#include <algorithm>
#include <string_view>

#include "nanomq/config/option.hpp"

namespace nanomq::config {
namespace {

nanolib::result<void> resolve(std::string_view key, percent share, std::uint64_t whole, std::string_view of_what,
                              std::uint64_t& into, std::string& why) {
  if (share.of_hundred == 0) return {};
  if (whole == 0) {
    why = std::string(key) + ": nobody can tell " + std::string(of_what) + " here; write a size";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  const auto& range = find_option(key)->range;
  into = std::clamp(whole / 100 * share.of_hundred, range.least, range.most);
  return {};
}

constexpr std::string_view memory = "how much memory there is";

}  // namespace

bool has_shares(const settings& in) noexcept { return in.shares != share_settings{}; }

nanolib::result<void> resolve_shares(settings& in, const machine_sizes& of, std::string& why) {
  auto& bounds = in.broker.limits;
  if (auto done =
          resolve("mqtt.max_retained_bytes", in.shares.retained, of.memory, memory, bounds.max_retained_bytes, why);
      !done) {
    return done;
  }
  if (auto done = resolve("limits.max_unauthenticated_bytes", in.shares.unauthenticated, of.memory, memory,
                          bounds.max_unauthenticated_bytes, why);
      !done) {
    return done;
  }
  if (in.broker.durability.directory.empty()) return {};  // there is no store that could be large
  return resolve("store.max_bytes", in.shares.store, of.store_disk, "how large the file system of store.dir is",
                 in.broker.durability.max_bytes, why);
}

}  // namespace nanomq::config
