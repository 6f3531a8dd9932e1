#include "nanomq/config/fault.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nanomq::config {

std::vector<fault> in_order(const hocon_document& of, placed_faults all) {
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  // At one place they stay in the order in which they were found.
  std::ranges::sort(order, {}, [&](std::size_t i) {
    return std::make_tuple(all[i].place.file, all[i].place.line, all[i].place.column, i);
  });
  std::vector<fault> out;
  out.reserve(all.size());
  for (const std::size_t i : order) {
    placed_fault& one = all[i];
    auto text = one.has_place ? std::move(one.text) : of.place(one.place) + ": " + one.text;
    for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    out.push_back({std::move(one.key), std::move(text)});
  }
  return out;
}

}  // namespace nanomq::config
