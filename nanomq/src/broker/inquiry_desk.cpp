#include "broker/inquiry_desk.hpp"

#include "broker/shard.hpp"
#include "nanolib/base/mutex.hpp"

namespace nanomq::broker {

/// Where answers are sent to, for as long as there is a shard. Thread: thread-safe.
class inquiry_desk::address {
 public:
  explicit address(shard& home) noexcept : home_(&home) {}

  void send(std::uint64_t number, const permission& said) noexcept {
    const nanolib::mutex_lock lock(mutex_);
    if (home_ == nullptr) return;
    try {
      home_->loop().post(std::make_unique<letter>(*home_, number, said));
    } catch (const std::bad_alloc&) {
      // The client's keep alive ends it.
    }
  }
  void close() noexcept {
    const nanolib::mutex_lock lock(mutex_);
    home_ = nullptr;
  }

 private:
  class letter final : public nanonng::net::inbox_item {
   public:
    letter(shard& to, std::uint64_t number, const permission& said) noexcept : to_(to), number_(number), said_(said) {}
    void run() noexcept override { to_.inquiries().answer(number_, said_); }

   private:
    shard& to_;
    std::uint64_t number_;
    permission said_;
  };

  nanolib::mutex mutex_;
  shard* home_ NANOLIB_GUARDED_BY(mutex_);
};

class inquiry_desk::reply final : public permission_reply {
 public:
  reply(std::shared_ptr<address> to, std::uint64_t number) noexcept : to_(std::move(to)), number_(number) {}
  void answer(const permission& what) noexcept override { to_->send(number_, what); }

 private:
  std::shared_ptr<address> to_;
  std::uint64_t number_;
};

inquiry_desk::inquiry_desk(shard& home) : address_(std::make_shared<address>(home)) {}

inquiry_desk::~inquiry_desk() { close(); }

void inquiry_desk::close() noexcept {
  address_->close();
  waiting_.clear();
}

std::shared_ptr<permission_reply> inquiry_desk::open(on_answer then, std::uint64_t& number) {
  auto made = std::make_shared<reply>(address_, last_number_ + 1);
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
