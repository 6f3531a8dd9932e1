// When to try again.
#include "backoff.hpp"

#include <algorithm>
#include <random>

#include "nanolib/base/hash.hpp"

namespace nanonng::sdk {

namespace {

/// Different for each client of a process, and each process.
std::uint64_t fresh_seed(const void* whose) noexcept {
  const auto place = reinterpret_cast<std::uintptr_t>(whose);
  return nanolib::hash_text({reinterpret_cast<const char*>(&place), sizeof place});
}

}  // namespace

backoff::backoff(const reconnect_options& options)
    : minimum_(std::max(options.minimum, nanolib::duration(0))),
      maximum_(std::max(options.maximum, minimum_)),
      calm_(options.calm),
      bound_(minimum_),
      random_(static_cast<std::minstd_rand::result_type>(options.seed.value_or(fresh_seed(this)) % 2'147'483'646 + 1)) {
}

nanolib::duration backoff::next() noexcept {
  using length = nanolib::duration::rep;
  const nanolib::duration wait(std::uniform_int_distribution<length>(0, bound_.count())(random_));
  bound_ = bound_ > maximum_ / 2 ? maximum_ : bound_ * 2;
  return wait;
}

void backoff::lost(nanolib::instant now) noexcept {
  if (now - since_ >= calm_) bound_ = minimum_;
}

}  // namespace nanonng::sdk
