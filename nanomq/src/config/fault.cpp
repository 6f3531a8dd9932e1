#include "nanomq/config/fault.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nanomq::config {

std::vector<fault> in_order(const hocon_document& of, placed_faults all) {
  std::ranges::stable_sort(all, [](const placed_fault& one, const placed_fault& other) {
    return std::tie(one.place.file, one.place.line, one.place.column) <
           std::tie(other.place.file, other.place.line, other.place.column);
  });
  std::vector<fault> out;
  out.reserve(all.size());
  for (placed_fault& one : all) {
    auto text = one.has_place ? std::move(one.text) : of.place(one.place) + ": " + one.text;
    for (char& c : text) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    out.push_back({std::move(one.key), std::move(text)});
  }
  return out;
}

}  // namespace nanomq::config
