#include "bridge/mqtt_source.hpp"

#include <new>
#include <utility>

namespace nanomq::bridge {

namespace sdk = nanonng::sdk;

class mqtt_source::turn final : public nanonng::net::inbox_item {
 public:
  explicit turn(std::shared_ptr<mqtt_source> of) noexcept : of_(std::move(of)) {}
  void run() noexcept override {
    of_->called_ = false;
    if (of_->to_ != nullptr) of_->to_->on_turn();
  }

 private:
  std::shared_ptr<mqtt_source> of_;
};

void mqtt_source::call_soon() noexcept {
  if (called_ || to_ == nullptr) return;
  try {
    loop_.post(std::make_unique<turn>(shared_from_this()));
    called_ = true;
  } catch (const std::bad_alloc&) {
    // The next event of either side calls again.
  }
}

sdk::message mqtt_source::next() {
  if (first_) return std::exchange(first_, {});
  if (from_ == nullptr) return {};
  return from_->try_receive().value_or(sdk::message());
}

std::uint64_t mqtt_source::discard() {
  std::uint64_t count = 0;
  while (next()) ++count;
  return count;
}

void mqtt_source::rest() {
  if (waits_ || from_ == nullptr || to_ == nullptr) return;
  waits_ = true;
  from_->receive().then_inline([self = shared_from_this()](nanolib::result<sdk::message> got) {
    self->waits_ = false;
    if (!got) return;  // closed
    self->first_ = *std::move(got);
    self->call_soon();
  });
}

}  // namespace nanomq::bridge
