#include "broker/inquiry_desk.hpp"

#include "broker/reply_address.hpp"

namespace nanomq::broker {

inquiry_desk::inquiry_desk(shard& home)
    : address_(std::make_shared<reply_address<permission>>(
          home, [](shard& to, std::uint64_t number, const permission& said) noexcept {
            to.inquiries().answer(number, said);
          })) {}

inquiry_desk::~inquiry_desk() { close(); }

void inquiry_desk::close() noexcept {
  address_->close();
  waiting_.clear();
}

std::shared_ptr<permission_reply> inquiry_desk::open(on_answer then, std::uint64_t& number) {
  auto made = std::make_shared<numbered_reply<permission, permission_reply>>(address_, last_number_ + 1);
  waiting_.emplace(last_number_ + 1, std::move(then));
  number = ++last_number_;
  return made;
}

void inquiry_desk::answer(std::uint64_t number, const permission& said) noexcept {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  on_answer then = std::move(found->second);
  waiting_.erase(found);
  then(said);
}

}  // namespace nanomq::broker
