#include "bridge/local_answering_endpoint.hpp"

#include <new>
#include <optional>
#include <utility>

#include "nanonng/mqtt/correlation.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/mqtt/properties.hpp"

namespace nanomq::bridge {

using nanonng::mqtt::property;
using nanonng::mqtt::property_id;
using nanonng::net::sp_answerer;
using nanonng::net::sp_message;
using nanonng::net::sp_ticket;

std::string local_answering_endpoint::response_topic(const std::string& client_id) {
  return "nanonng/response/" + client_id;
}

nanolib::result<void> local_answering_endpoint::open_channel() {
  auto made = sp_answerer::open(socket(), *this, options().max_questions);
  if (!made) return std::unexpected(made.error());
  answerer_ = *std::move(made);
  return {};
}

// A question that nobody hears has no answer: the asker is not kept waiting for one here.
void local_answering_endpoint::on_sp_question(sp_ticket which, sp_message&& what) noexcept {
  questions_.add();
  if (is_stopping()) return answerer_->drop(which);
  try {
    nanonng::mqtt::property_writer block;
    block.text(property_id::response_topic, response_topic(options().client_id));
    block.binary(property_id::correlation_data, nanolib::as_bytes(nanonng::mqtt::correlation_digits(which)));
    const auto ends = loop().now() + options().answer_timeout;
    asked_.push_back({which, ends});
    if (!timer_.is_set()) loop().timers().set(timer_, ends);
    if (publish(what.body(), block.block()).routed) return;
    nobody_asked_.add();
  } catch (const std::bad_alloc&) {
    unanswered_.add();
  }
  answerer_->drop(which);
}

void local_answering_endpoint::on_timer(nanolib::instant now) noexcept {
  for (; !asked_.empty() && asked_.front().ends <= now; asked_.pop_front()) {
    const auto before = answerer_->open_questions();
    answerer_->drop(asked_.front().ticket);  // nothing when it was answered
    unanswered_.add(before - answerer_->open_questions());
  }
  if (!asked_.empty()) loop().timers().set(timer_, asked_.front().ends);
}

void local_answering_endpoint::send(const broker::local_message& what) noexcept {
  nanonng::mqtt::property_reader reader(what.what.properties);
  std::optional<sp_ticket> ticket;
  for (property one; reader.next(one);) {
    if (one.id == property_id::correlation_data) ticket = nanonng::mqtt::correlation_number(one.data);
  }
  const auto before = answerer_->open_questions();
  if (ticket && what.what.payload.size() > options().max_message_size) {
    refuse(sp_refusal::too_large);
    answerer_->drop(*ticket);
  } else if (ticket) {
    if (sp_message made = sp_message::create({}, what.what.payload)) {
      answerer_->answer(*ticket, std::move(made));
      note_sent();
    }
  }
  const bool answered = answerer_->open_questions() != before;
  if (!answered) strays_.add();
  port().settle(what.token, answered);
}

std::vector<broker::local_peer::figure> local_answering_endpoint::figures() const {
  auto all = local_endpoint_base::figures();
  all.insert(all.end(), {{"questions", questions_.get()},
                         {"unanswered", unanswered_.get()},
                         {"nobody_to_ask", nobody_asked_.get()},
                         {"strays", strays_.get()}});
  return all;
}

}  // namespace nanomq::bridge
