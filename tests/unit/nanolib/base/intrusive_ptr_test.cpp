#include "nanolib/base/intrusive_ptr.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace nanolib {
namespace {

struct counted {
  mutable int count = 1;
  void retain() const noexcept { ++count; }
  void release() const noexcept { --count; }
};
using pointer = intrusive_ptr<const counted>;

TEST(intrusive_ptr, adopting_counts_nothing_and_sharing_counts_one) {
  const counted object;
  {
    const pointer adopted = pointer::adopt(&object);
    EXPECT_EQ(object.count, 1);
    const pointer shared = pointer::share(&object);
    EXPECT_EQ(object.count, 2);
    EXPECT_EQ(adopted, shared);
  }
  EXPECT_EQ(object.count, 0);
}

TEST(intrusive_ptr, copying_counts_and_moving_does_not) {
  const counted object;
  pointer first = pointer::adopt(&object);
  pointer second = first;
  EXPECT_EQ(object.count, 2);
  const pointer third = std::move(first);
  EXPECT_EQ(object.count, 2);
  EXPECT_EQ(first.get(), nullptr);  // NOLINT(bugprone-use-after-move): that is what is tested
  second = nullptr;
  EXPECT_EQ(object.count, 1);
  EXPECT_EQ(third.get(), &object);
}

TEST(intrusive_ptr, assigning_itself_changes_nothing) {
  const counted object;
  pointer one = pointer::adopt(&object);
  const pointer& same = one;
  one = same;
  EXPECT_EQ(object.count, 1);
  EXPECT_EQ(one->count, 1);
}

TEST(intrusive_ptr, assigning_releases_what_was_there) {
  const counted old;
  const counted fresh;
  pointer one = pointer::adopt(&old);
  one = pointer::share(&fresh);
  EXPECT_EQ(old.count, 0);
  EXPECT_EQ(fresh.count, 2);
}

TEST(intrusive_ptr, detaching_gives_the_reference_up) {
  const counted object;
  pointer one = pointer::adopt(&object);
  EXPECT_EQ(one.detach(), &object);
  EXPECT_FALSE(one);
  EXPECT_EQ(object.count, 1);
}

TEST(intrusive_ptr, shares_nothing_when_there_is_nothing) { EXPECT_FALSE(pointer::share(nullptr)); }

}  // namespace
}  // namespace nanolib
