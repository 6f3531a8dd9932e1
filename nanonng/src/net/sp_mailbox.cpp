#include "sp_mailbox.hpp"

#include <memory>
#include <new>
#include <utility>

namespace nanonng::net {

class sp_mailbox::item final : public inbox_item {
 public:
  explicit item(sp_mailbox& to) noexcept : to_(sp_mailbox_ptr::share(&to)) {}
  void run() noexcept override { to_->deliver(); }

 private:
  sp_mailbox_ptr to_;
};

bool sp_mailbox::put(sp_event&& one) noexcept {
  const nanolib::mutex_lock held(mutex_);
  if (closed_) return false;
  try {
    events_.push_back(std::move(one));
    if (posted_) return true;
    // Under the lock: whoever closes the mailbox lets the loop go.
    loop_.post(std::make_unique<item>(*this));
    posted_ = true;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void sp_mailbox::close() noexcept {
  owner_ = nullptr;
  const nanolib::mutex_lock held(mutex_);
  closed_ = true;
  events_.clear();
}

void sp_mailbox::deliver() noexcept {
  {
    const nanolib::mutex_lock held(mutex_);
    posted_ = false;
    batch_.swap(events_);
  }
  // The owner may go while it is called.
  for (sp_event& one : batch_) {
    if (owner_ != nullptr) owner_->on_event(one);
  }
  batch_.clear();
  if (owner_ != nullptr) owner_->on_batch_end();
}

}  // namespace nanonng::net
