#include "nanolib/cache/store_batch.hpp"

namespace nanolib {

namespace {

/// What a change brings along beside a few words.
struct text_size {
  static std::uint64_t of(const message_ptr& what) noexcept { return what ? what->size() : 0; }

  std::uint64_t operator()(const put_row& one) const noexcept { return of(one.row->content().what.what); }
  std::uint64_t operator()(const change_retained& one) const noexcept { return of(one.what); }
  std::uint64_t operator()(const put_will& one) const noexcept { return of(one.what); }
  std::uint64_t operator()(const put_session& one) const noexcept { return one.client_id.size() + one.user.size(); }
  std::uint64_t operator()(const put_subscription& one) const noexcept { return one.filter.size(); }
  std::uint64_t operator()(const remove_subscription& one) const noexcept { return one.filter.size(); }
  template <class Small>
  std::uint64_t operator()(const Small&) const noexcept {
    return 0;
  }
};

}  // namespace

bool store_batch::add(store_change change) noexcept {
  try {
    const std::uint64_t size = std::visit(text_size{}, change);
    changes_.push_back(std::move(change));
    bytes_ += size;
    return true;
  } catch (...) {
    return false;
  }
}

void store_batch::clear() noexcept {
  changes_.clear();
  bytes_ = 0;
}

}  // namespace nanolib
