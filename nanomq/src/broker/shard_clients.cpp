// What whoever runs the broker asks a shard about its clients.
#include <algorithm>
#include <utility>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// A question of another thread, and the way back. What it is asked with it owns: the asker may have gone.
template <class Answer, class Question>
class question_item final : public nanonng::net::inbox_item {
 public:
  explicit question_item(Question ask) : ask_(std::move(ask)) {}
  [[nodiscard]] std::future<Answer> answer() { return answer_.get_future(); }
  void run() noexcept override {
    try {
      answer_.set_value(ask_());
    } catch (...) {
      answer_.set_exception(std::current_exception());
    }
  }

 private:
  Question ask_;
  std::promise<Answer> answer_;
};

template <class Question>
auto post_question(nanonng::net::event_loop& to, Question ask) {
  using answer = decltype(ask());
  auto item = std::make_unique<question_item<answer, Question>>(std::move(ask));
  auto future = item->answer();
  to.post(std::move(item));
  return future;
}

}  // namespace

std::future<client_list> shard::post_list(const client_query& what) {
  return post_question(*loop_, [this, what] { return list_clients(what); });
}

std::future<dismissal> shard::post_dismissal(std::string client_id) {
  return post_question(*loop_, [this, id = std::move(client_id)] { return dismiss(id); });
}

client_list shard::list_clients(const client_query& what) {
  client_list out;
  const auto add = [&](session& one) {
    ++out.total;
    if (out.rows.size() < what.limit) out.rows.push_back(describe(one));
  };
  if (!what.client_id.empty()) {
    if (session* const one = sessions_.find(what.client_id, nanolib::hash_text(what.client_id))) add(*one);
    return out;
  }
  sessions_.for_each([&](session& one) {
    if (what.absent || one.connected != nullptr || one.local != nullptr) add(one);
  });
  return out;
}

client_row shard::describe(session& one) const {
  client_row row;
  row.client_id = one.client_id;
  row.user_name = one.user_name();
  row.address = one.address();
  row.is_local = one.local != nullptr;
  row.subscriptions = one.subscriptions.size();
  if (one.outbox) {
    row.queued_messages = one.outbox->queued();
    row.queued_bytes = one.outbox->queued_bytes();
    row.inflight = one.outbox->inflight();
  } else if (one.resting) {
    row.queued_messages = one.resting->rows;
    row.queued_bytes = one.resting->bytes;
  }
  if (one.away && one.away->ends != nanolib::never)
    row.ends_in = std::max(one.away->ends - now(), nanolib::duration(0));
  row.connected = row.is_local || one.connected != nullptr;
  if (one.connected != nullptr) one.connected->describe(row);
  return row;
}

void client::describe(client_row& into) const {
  into.address = origin_.address;
  into.listener = origin_.by->id;
  into.version = machine_.version();
  into.keep_alive_s = machine_.keep_alive_s();
  into.connected_for = at_.now() - (connect_deadline_ - origin_.by->connect_timeout);
  into.unsent_bytes = connection_.pending();
}

dismissal shard::dismiss(std::string_view client_id) noexcept {
  session* const one = sessions_.find(client_id, nanolib::hash_text(client_id));
  if (one == nullptr) return dismissal::unknown;
  if (one->local != nullptr) return dismissal::local;
  if (one->connected == nullptr) return dismissal::absent;
  counts_.clients_dismissed.add();
  one->connected->dismiss();
  return dismissal::done;
}

}  // namespace nanomq::broker
