#include "nanonng/net/sp_answerer.hpp"

#include <new>
#include <utility>

#include "sp_context.hpp"

namespace nanonng::net {

class sp_answerer::slot {
 public:
  slot(nng_socket of, sp_mailbox& to, std::uint32_t number) noexcept : context(of, to, number) {}

  sp_context context;
  std::uint32_t round = 0;
  bool is_open = false;  // there is a question
};

class sp_answerer::events final : public sp_event_handler {
 public:
  events(event_loop& loop, sp_answerer& home)
      : mailbox(sp_mailbox_ptr::adopt(new sp_mailbox(loop, *this))), home_(home) {}

  void on_event(sp_event& one) noexcept override {
    if (one.error == NNG_ECLOSED || one.error == NNG_ECANCELED) return;
    slot& at = *home_.slots_[one.slot];
    // The answer has gone, or nothing came: the next question.
    if (one.what != sp_event::kind::received) return at.context.receive();
    at.is_open = true;
    ++at.round;
    ++home_.open_questions_;
    home_.handler_.on_sp_question(std::uint64_t{at.round} << 32U | one.slot, std::move(one.message));
  }

  sp_mailbox_ptr mailbox;

 private:
  sp_answerer& home_;
};

sp_answerer::sp_answerer(sp_socket&, sp_question_handler& handler) noexcept : handler_(handler) {}

sp_answerer::~sp_answerer() {
  if (events_) events_->mailbox->close();
}

nanolib::result<std::unique_ptr<sp_answerer>> sp_answerer::open(sp_socket& through, sp_question_handler& handler,
                                                                std::size_t most) noexcept {
  const auto failure = [](int code) { return std::unexpected(nanolib::error{nanolib::error_domain::nng, code}); };
  try {
    std::unique_ptr<sp_answerer> made(new sp_answerer(through, handler));
    made->events_ = std::make_unique<events>(through.loop(), *made);
    for (std::uint32_t number = 0; number < most; ++number) {
      made->slots_.push_back(std::make_unique<slot>(through.handle(), *made->events_->mailbox, number));
      if (const int code = made->slots_.back()->context.open(); code != 0) return failure(code);
    }
    for (const auto& each : made->slots_) each->context.receive();
    return made;
  } catch (const std::bad_alloc&) {
    return failure(NNG_ENOMEM);
  }
}

sp_answerer::slot* sp_answerer::slot_for(sp_ticket which) noexcept {
  const auto number = static_cast<std::uint32_t>(which);
  if (number >= slots_.size()) return nullptr;
  slot* const at = slots_[number].get();
  return at->is_open && at->round == which >> 32U ? at : nullptr;
}

void sp_answerer::answer(sp_ticket which, sp_message&& with) noexcept {
  slot* const at = slot_for(which);
  if (at == nullptr) return;
  at->is_open = false;
  --open_questions_;
  at->context.send(std::move(with));
}

void sp_answerer::drop(sp_ticket which) noexcept {
  slot* const at = slot_for(which);
  if (at == nullptr) return;
  at->is_open = false;
  --open_questions_;
  at->context.receive();
}

}  // namespace nanonng::net
