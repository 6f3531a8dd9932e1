#include <thread>
#include <utility>

#include "flow.hpp"

namespace nanomq::bench {

using namespace std::chrono_literals;

namespace {

constexpr auto glance = 50us;
/// How long nothing may come before what is missing is taken for lost: by the sender, which then goes on, and at the end.
constexpr auto short_patience = 50ms;
constexpr auto patience = 2'000ms;

}  // namespace

void progress::wait_for_window(std::size_t sent, std::size_t window) noexcept {
  if (sent - lost_ - arrived() < window) return;
  std::size_t before = arrived();
  auto changed = clock::now();
  while (sent - lost_ - arrived() >= window) {
    std::this_thread::sleep_for(glance);
    const auto now = clock::now();
    if (std::exchange(before, arrived()) != before) changed = now;
    if (now - changed > short_patience) lost_ = sent - before;
  }
}

measured progress::finish(std::size_t wanted, clock::time_point begun) const {
  std::size_t before = arrived();
  auto changed = clock::now();
  while (arrived() < wanted && clock::now() - changed < patience) {
    std::this_thread::sleep_for(1ms);
    if (std::exchange(before, arrived()) != before) changed = clock::now();
  }
  const clock::time_point end{clock::duration(last_.load(std::memory_order_relaxed))};
  return {arrived(), std::chrono::duration<double>(end - begun).count()};
}

}  // namespace nanomq::bench
