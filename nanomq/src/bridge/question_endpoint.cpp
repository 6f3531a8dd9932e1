#include "bridge/question_endpoint.hpp"

#include <new>
#include <utility>

namespace nanomq::bridge {

namespace net = nanonng::net;
namespace sdk = nanonng::sdk;

// --- SP asks ---

answering_endpoint::answering_endpoint(const sp_mapping& mapping, const sp_endpoint_settings& settings,
                                       sp_counters& counters)
    : mapping_(mapping),
      settings_(settings),
      counters_(counters),
      account_(std::make_shared<account>(account{.home = this})) {}

answering_endpoint::~answering_endpoint() { account_->home = nullptr; }

nanolib::result<void> answering_endpoint::open(net::sp_socket& socket) {
  auto made = net::sp_answerer::open(socket, *this, settings_.questions);
  if (!made) return std::unexpected(made.error());
  answerer_ = *std::move(made);
  return {};
}

void answering_endpoint::on_sp_question(net::sp_ticket which, net::sp_message&& what) noexcept {
  counters_.from_sp.add();
  try {
    if (!ask(which, what.body())) drop(which);
  } catch (const std::bad_alloc&) {
    drop(which);
  }
  count();
}

bool answering_endpoint::ask(net::sp_ticket which, nanolib::bytes body) {
  if (client_ == nullptr || resting_) return false;
  const auto made = mapping_.to_mqtt(body, scratch_);
  if (!made) {
    counters_.refused[std::to_underlying(made.error())].add();
    return false;
  }
  sdk::request_options how;
  how.qos = settings_.qos;
  how.timeout = settings_.answer_limit;
  client_->request(made->topic, made->payload, how)
      .then_inline([to = account_, which](const nanolib::result<sdk::message>& response) {
        if (to->home != nullptr) to->home->on_response(which, response);
      });
  return true;
}

void answering_endpoint::on_response(net::sp_ticket which, const nanolib::result<sdk::message>& what) noexcept {
  if (!what) {
    counters_.unanswered.add();
    drop(which);
    return count();
  }
  counters_.to_mqtt.add();
  auto made = net::sp_message::create({}, what->payload());
  if (!made || what->payload().size() > mapping_.options().maximum_payload) {
    counters_.refused[std::to_underlying(sp_refusal::too_large)].add();
    drop(which);
  } else {
    counters_.answered.add();
    answerer_->answer(which, std::move(made));
  }
  count();
}

void answering_endpoint::drop(net::sp_ticket which) noexcept { answerer_->drop(which); }

// --- MQTT asks ---

asking_endpoint::asking_endpoint(net::event_loop& loop, const sp_mapping& mapping, const sp_endpoint_settings& settings,
                                 sp_counters& counters)
    : mapping_(mapping),
      settings_(settings),
      counters_(counters),
      source_(std::make_shared<mqtt_source>(loop, static_cast<mqtt_source::taker&>(*this))) {}

asking_endpoint::~asking_endpoint() { source_->end(); }

nanolib::result<void> asking_endpoint::open(net::sp_socket& socket) {
  auto made = net::sp_asker::open(socket, *this, settings_.questions);
  if (!made) return std::unexpected(made.error());
  asker_ = *std::move(made);
  return {};
}

void asking_endpoint::begin(sdk::client& with) {
  client_ = &with;
  source_->begin(with);
  source_->call_soon();
}

sp_remainder asking_endpoint::remainder() { return {.from_mqtt = source_->discard(), .questions = requests_.size()}; }

void asking_endpoint::on_turn() noexcept {
  try {
    while (!resting_ && asker_->has_room()) {
      const sdk::message one = source_->next();
      if (!one) return source_->rest();
      ask(one);
    }
  } catch (const std::bad_alloc&) {
    // What was taken is not acknowledged, and comes again.
  }
}

void asking_endpoint::ask(const sdk::message& request) {
  counters_.from_mqtt.add();
  if (!settings_.takes_retained && request.retain()) {
    counters_.retained.add();
    return request.acknowledge();
  }
  const auto head = mapping_.to_sp(request.topic(), request.payload().size(), scratch_);
  if (!head) {
    counters_.refused[std::to_underlying(head.error())].add();
    return request.acknowledge();
  }
  auto made = net::sp_message::create(*head, request.payload());
  if (!made) return;
  requests_.emplace(asker_->ask(std::move(made), settings_.answer_limit), request);
  count();
}

void asking_endpoint::on_sp_asked(std::uint64_t which) noexcept {
  counters_.to_sp.add();
  if (const auto found = requests_.find(which); found != requests_.end()) found->second.acknowledge();
}

void asking_endpoint::on_sp_answer(std::uint64_t which, net::sp_message&& what) noexcept {
  const auto found = requests_.find(which);
  if (found == requests_.end()) return;
  const auto& request = found->second;
  if (what.body().size() > mapping_.options().maximum_payload) {
    return counters_.refused[std::to_underlying(sp_refusal::too_large)].add();
  }
  if (request.response_topic().empty()) return counters_.answered.add();
  // As everywhere: nothing of $SYS is published.
  if (request.response_topic().starts_with("$SYS")) {
    return counters_.refused[std::to_underlying(sp_refusal::no_topic)].add();
  }
  try {
    sdk::response with(nanolib::as_text(what.body()));
    with.qos = request.qos();
    // Ends on this loop, and with the client at the latest, before the counters go.
    client_->reply(request, with).then_inline([&to = counters_](const nanolib::result<sdk::publish_outcome>& how) {
      (how ? to.answered : to.mqtt_failed).add();
    });
  } catch (const std::bad_alloc&) {
    counters_.mqtt_failed.add();
  }
}

void asking_endpoint::on_sp_end(std::uint64_t which, nanolib::result<void> how) noexcept {
  if (const auto found = requests_.find(which); found != requests_.end()) {
    found->second.acknowledge();
    requests_.erase(found);
  }
  if (!how) counters_.unanswered.add();
  count();
  source_->call_soon();
}

}  // namespace nanomq::bridge
