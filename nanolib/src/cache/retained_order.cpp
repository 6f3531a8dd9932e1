#include "retained_order.hpp"

#include <algorithm>

namespace nanolib {

bool is_before(std::string_view left, std::string_view right) noexcept {
  const std::size_t shared = std::min(left.size(), right.size());
  const auto [a, b] = std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(shared), right.begin());
  if (a == left.begin() + static_cast<std::ptrdiff_t>(shared)) return left.size() < right.size();
  // No topic contains a zero byte, so that nothing comes before '/' once it counts as zero.
  const auto rank = [](char c) { return c == '/' ? 0U : static_cast<unsigned char>(c); };
  return rank(*a) < rank(*b);
}

template <class IsRight>
retained_order::position retained_order::first(IsRight is_right) const noexcept {
  // The leaf before the first one that begins right may still have something right at its end.
  const auto begins_left = [&](const std::unique_ptr<leaf>& one) { return !is_right(topic_of(one->numbers[0])); };
  const auto after = std::partition_point(leaves_.begin(), leaves_.end(), begins_left);
  if (after == leaves_.begin()) return {};
  const leaf& in = **(after - 1);
  const auto* begin = in.numbers.data();
  const auto* found =
      std::partition_point(begin, begin + in.count, [&](std::uint32_t number) { return !is_right(topic_of(number)); });
  const auto leaf_number = static_cast<std::size_t>(after - leaves_.begin());
  if (found == begin + in.count) return {leaf_number, 0};
  return {leaf_number - 1, static_cast<std::size_t>(found - begin)};
}

retained_order::position retained_order::lower_bound(std::string_view text) const noexcept {
  return first([text](std::string_view topic) { return !is_before(topic, text); });
}

retained_order::position retained_order::upper_bound(std::string_view text) const noexcept {
  return first([text](std::string_view topic) { return is_before(text, topic); });
}

retained_order::position retained_order::next(position where) const noexcept {
  if (++where.at < leaves_[where.leaf]->count) return where;
  return {where.leaf + 1, 0};
}

/// Makes room at a position in a full leaf. What arrives in order fills leaves whole.
void retained_order::split(position& where) {
  auto added = std::make_unique<leaf>();
  leaf& full = *leaves_[where.leaf];
  const std::size_t kept = where.at == full.count ? full.count : full.count / 2;
  if (leaves_.size() == leaves_.capacity()) leaves_.reserve(2 * leaves_.size());  // before anything is changed
  std::copy(full.numbers.begin() + static_cast<std::ptrdiff_t>(kept), full.numbers.end(), added->numbers.begin());
  added->count = full.count - kept;
  full.count = kept;
  leaves_.insert(leaves_.begin() + static_cast<std::ptrdiff_t>(where.leaf) + 1, std::move(added));
  if (where.at >= kept) where = {where.leaf + 1, where.at - kept};
}

void retained_order::insert(std::uint32_t number) {
  if (leaves_.empty()) leaves_.push_back(std::make_unique<leaf>());
  position where;
  if (leaves_[0]->count != 0) where = lower_bound(topic_of(number));
  if (where.at == 0 && where.leaf > 0) where = {where.leaf - 1, leaves_[where.leaf - 1]->count};
  if (leaves_[where.leaf]->count == leaves_[where.leaf]->numbers.size()) split(where);
  leaf& into = *leaves_[where.leaf];
  const auto at = into.numbers.begin() + static_cast<std::ptrdiff_t>(where.at);
  const auto end = into.numbers.begin() + static_cast<std::ptrdiff_t>(into.count);
  std::copy_backward(at, end, end + 1);
  *at = number;
  ++into.count;
}

retained_order::position retained_order::erase(position where) noexcept {
  leaf& from = *leaves_[where.leaf];
  const auto at = from.numbers.begin() + static_cast<std::ptrdiff_t>(where.at);
  std::copy(at + 1, from.numbers.begin() + static_cast<std::ptrdiff_t>(from.count), at);
  --from.count;
  const auto number = leaves_.begin() + static_cast<std::ptrdiff_t>(where.leaf);
  if (from.count == 0) {
    leaves_.erase(number);
    return {where.leaf, 0};
  }
  if (where.leaf > 0 && from.count + (*(number - 1))->count <= from.numbers.size() / 2) {
    leaf& into = **(number - 1);
    std::copy_n(from.numbers.begin(), from.count, into.numbers.begin() + static_cast<std::ptrdiff_t>(into.count));
    where = {where.leaf - 1, into.count + where.at};
    into.count += from.count;
    leaves_.erase(number);
  }
  if (where.at < leaves_[where.leaf]->count) return where;
  return {where.leaf + 1, 0};
}

}  // namespace nanolib
