#include "access_option.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "nanomq/config/option.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

}  // namespace

value get_chain(const settings& from) {
  std::vector<std::string> names;
  for (const auto link : from.access.chain) names.emplace_back(access::row_of(link).name);
  return names;
}

result<void> set_chain(settings& into, const value& what, std::string& why) {
  std::vector<access::chain_link> all;
  for (const auto& name : std::get<std::vector<std::string>>(what)) {
    const auto links = access::chain_links();
    const auto found = std::ranges::find(links, name, &access::chain_link_row::name);
    if (found == links.end()) {
      std::string names;
      std::string_view nearest;
      std::size_t least = 1 + std::max<std::size_t>(2, name.size() / 4);
      for (const auto& row : links) {
        names += (names.empty() ? "" : ", ") + std::string(row.name);
        const auto far = edit_distance(name, row.name);
        if (far < least) {
          least = far;
          nearest = row.name;
        }
      }
      return refuse(why, "\"" + name + "\" is no way to find out who a client is: " + names +
                             (nearest.empty() ? "" : "; did you mean " + std::string(nearest) + "?"));
    }
    if (std::ranges::find(all, found->link) != all.end()) return refuse(why, "\"" + name + "\" stands there twice");
    // What TLS has proved is known before anybody is asked.
    if (found->link == access::chain_link::certificate && !all.empty())
      return refuse(why, "\"certificate\" stands first, because it is");
    all.push_back(found->link);
  }
  into.access.chain = std::move(all);
  return {};
}

}  // namespace nanomq::config
