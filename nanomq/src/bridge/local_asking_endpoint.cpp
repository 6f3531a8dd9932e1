#include "bridge/local_asking_endpoint.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "nanolib/topic/topic.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/mqtt/properties.hpp"

namespace nanomq::bridge {

using nanonng::mqtt::property;
using nanonng::mqtt::property_id;
using nanonng::net::sp_asker;
using nanonng::net::sp_message;

nanolib::result<void> local_asking_endpoint::open_channel() {
  auto made = sp_asker::open(socket(), *this, options().max_questions);
  if (!made) return std::unexpected(made.error());
  asker_ = *std::move(made);
  return {};
}

void local_asking_endpoint::send(const broker::local_message& what) noexcept {
  const auto rule = std::ranges::find_if(rules().forwards(),
                                         [&](const auto& one) { return nanolib::matches(one.plain, what.what.topic); });
  if (rule == rules().forwards().end()) return port().settle(what.token, false);
  try {
    question asked{.response_topic = {}, .properties = {}, .qos = what.qos, .token = what.token};
    nanonng::mqtt::property_reader reader(what.what.properties);
    for (property one; reader.next(one);) {
      if (one.id == property_id::response_topic) asked.response_topic = one.text;
      if (one.id != property_id::correlation_data) continue;
      nanonng::mqtt::property_writer block;
      block.binary(one.id, one.data);
      asked.properties.assign(block.block().begin(), block.block().end());
    }
    if (asked.response_topic.empty()) {
      no_response_topic_.add();
      return port().settle(what.token, false);
    }
    sp_message made = message_for(*rule, what.what);
    if (!made) return port().settle(what.token, false);
    const std::uint64_t number = asker_->ask(std::move(made), options().answer_timeout);
    note_sent();
    questions_.emplace(number, std::move(asked));
  } catch (const std::bad_alloc&) {
    port().settle(what.token, false);
  }
}

void local_asking_endpoint::on_sp_asked(std::uint64_t which) noexcept {
  const auto found = questions_.find(which);
  if (found == questions_.end()) return;
  if (const auto token = std::exchange(found->second.token, std::uint16_t{0}); token != 0) port().settle(token, true);
}

void local_asking_endpoint::on_sp_answer(std::uint64_t which, sp_message&& what) noexcept {
  const auto found = questions_.find(which);
  if (found == questions_.end()) return;
  if (what.body().size() > options().max_message_size) return refuse(sp_refusal::too_large);
  nanolib::publication answer;
  answer.topic = found->second.response_topic;
  answer.properties = found->second.properties;
  answer.payload = what.body();
  answer.qos = found->second.qos;
  if (!is_error(port().publish(answer).reason)) answers_.add();
}

void local_asking_endpoint::on_sp_end(std::uint64_t which, nanolib::result<void> how) noexcept {
  const auto found = questions_.find(which);
  if (found == questions_.end()) return;
  const auto token = found->second.token;
  questions_.erase(found);
  if (!how) unanswered_.add();
  if (token != 0) port().settle(token, how.has_value());
  port().on_room();
}

std::vector<broker::local_peer::figure> local_asking_endpoint::figures() const {
  auto all = local_endpoint_base::figures();
  all.insert(all.end(), {{"answers", answers_.get()},
                         {"unanswered", unanswered_.get()},
                         {"refused/no_response_topic", no_response_topic_.get()}});
  return all;
}

}  // namespace nanomq::bridge
