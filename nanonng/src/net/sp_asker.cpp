#include "nanonng/net/sp_asker.hpp"

#include <nng/protocol/survey0/survey.h>

#include <algorithm>
#include <new>
#include <utility>

#include "sp_context.hpp"

namespace nanonng::net {
namespace {

std::unexpected<nanolib::error> failure(int code) noexcept {
  return std::unexpected(nanolib::error{nanolib::error_domain::nng, code});
}

}  // namespace

class sp_asker::slot {
 public:
  slot(nng_socket of, sp_mailbox& to, std::uint32_t number) noexcept : context(of, to, number) {}

  sp_context context;
  std::uint64_t question = 0;
  nanolib::instant deadline{};
};

class sp_asker::events final : public sp_event_handler {
 public:
  events(event_loop& loop, sp_asker& home) : mailbox(sp_mailbox_ptr::adopt(new sp_mailbox(loop, *this))), home_(home) {}

  void on_event(sp_event& one) noexcept override {
    slot& at = *home_.slots_[one.slot];
    if (one.error != 0) return end(at, one.slot, one.error);
    const std::uint64_t question = at.question;
    if (one.what == sp_event::kind::finished) {
      wait(at);
      return home_.handler_.on_sp_asked(question);
    }
    if (home_.many_) {
      wait(at);
      return home_.handler_.on_sp_answer(question, std::move(one.message));
    }
    // The slot is free before anybody is told, and the end is told by whoever is still there.
    home_.free_.push_back(one.slot);
    const sp_mailbox_ptr kept = mailbox;
    home_.handler_.on_sp_answer(question, std::move(one.message));
    if (!kept->is_closed()) home_.handler_.on_sp_end(question, {});
  }

  sp_mailbox_ptr mailbox;

 private:
  void wait(slot& at) noexcept {
    const auto left = std::max(nanolib::duration(1), at.deadline - home_.loop_.time_source().now());
    at.context.receive(static_cast<nng_duration>(left.count()));
  }
  void end(slot& at, std::uint32_t number, int code) noexcept {
    const std::uint64_t question = at.question;
    // Otherwise req0 would go on asking.
    const int reopened = at.context.reopen();
    if (reopened == 0) home_.free_.push_back(number);
    const bool over = home_.many_ && (code == NNG_ETIMEDOUT || code == NNG_ESTATE);
    home_.handler_.on_sp_end(question, over ? nanolib::result<void>() : failure(code));
  }

  sp_asker& home_;
};

sp_asker::sp_asker(sp_socket& through, sp_answer_handler& handler) noexcept
    : handler_(handler), loop_(through.loop()), many_(traits_of(through.protocol()).many_answers) {}

sp_asker::~sp_asker() {
  if (events_) events_->mailbox->close();
}

nanolib::result<std::unique_ptr<sp_asker>> sp_asker::open(sp_socket& through, sp_answer_handler& handler,
                                                          std::size_t most) noexcept {
  try {
    std::unique_ptr<sp_asker> made(new sp_asker(through, handler));
    made->events_ = std::make_unique<events>(through.loop(), *made);
    for (std::uint32_t number = 0; number < most; ++number) {
      made->slots_.push_back(std::make_unique<slot>(through.handle(), *made->events_->mailbox, number));
      if (const int code = made->slots_.back()->context.open(); code != 0) return failure(code);
      made->free_.push_back(number);
    }
    return made;
  } catch (const std::bad_alloc&) {
    return failure(NNG_ENOMEM);
  }
}

std::uint64_t sp_asker::ask(sp_message&& what, nanolib::duration limit) noexcept {
  slot& at = *slots_[free_.back()];
  free_.pop_back();
  at.question = ++last_;
  at.deadline = loop_.time_source().now() + limit;
  const auto limit_ms = static_cast<nng_duration>(limit.count());
  if (many_) (void)nng_ctx_set_ms(at.context.handle(), NNG_OPT_SURVEYOR_SURVEYTIME, limit_ms);
  at.context.send(std::move(what), limit_ms);
  return at.question;
}

}  // namespace nanonng::net
