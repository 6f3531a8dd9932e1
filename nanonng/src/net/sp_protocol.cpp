#include "nanonng/net/sp_protocol.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace nanonng::net {
namespace {

constexpr std::array<sp_traits, sp_protocol_count> all{{
    {.name = "pub0", .sends = true},
    {.name = "sub0", .receives = true},
    {.name = "push0", .sends = true, .waits = true},
    {.name = "pull0", .receives = true, .waits = true},
    {.name = "pair0", .sends = true, .receives = true, .waits = true},
    {.name = "pair1", .sends = true, .receives = true, .waits = true},
    {.name = "bus0", .sends = true, .receives = true},
    {.name = "req0", .asks = true},
    {.name = "rep0", .answers = true},
    {.name = "surveyor0", .asks = true, .many_answers = true},
    {.name = "respondent0", .answers = true},
}};

}  // namespace

const sp_traits& traits_of(sp_protocol which) noexcept { return all[std::to_underlying(which)]; }

std::optional<sp_protocol> sp_protocol_named(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(all, [name](const sp_traits& one) {
    return one.name == name || (one.name.ends_with('0') && one.name.substr(0, one.name.size() - 1) == name);
  });
  if (found == all.end()) return std::nullopt;
  return static_cast<sp_protocol>(found - all.begin());
}

}  // namespace nanonng::net
