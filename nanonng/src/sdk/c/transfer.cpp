// nanonng/mqtt_client.h: publish, subscribe, receive, request and reply.
#include <string>
#include <utility>
#include <vector>

#include "handles.hpp"
#include "nanonng/mqtt_client.h"
#include "nanonng/sdk/nng_aio.hpp"

namespace {

using namespace nanonng::sdk;
using namespace nanonng::sdk::c;
using nanonng::mqtt::reason_code;

/// Whether topics can be read at all; what the filters are worth the client says.
bool are_topics(const nmqtt_topic* topics, std::size_t count) noexcept {
  if (topics == nullptr || count == 0) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (topics[i].filter == nullptr || topics[i].qos > 2 || topics[i].retain_handling > 2) return false;
  }
  return true;
}

/// Fills the reasons in, of an answer or of a refusal of all.
int tell_reasons(nmqtt_topic* topics, std::size_t count, nmqtt_outcome* outcome,
                 const nanolib::result<subscribe_outcome>& ended, std::string_view detail) noexcept {
  if (!ended) {
    tell(outcome, ended.error(), detail);
    for (std::size_t i = 0; i < count; ++i) topics[i].reason = static_cast<std::uint8_t>(reason_of(ended.error()));
    return nng_error_of(ended.error());
  }
  reason_code worst = reason_code::success;
  for (std::size_t i = 0; i < count && i < ended->reasons.size(); ++i) {
    topics[i].reason = static_cast<std::uint8_t>(ended->reasons[i]);
    if (nanonng::mqtt::is_error(ended->reasons[i])) worst = ended->reasons[i];
  }
  tell(outcome, worst, detail);
  return 0;
}

/// The waiting function's part of publishing: on success the message is gone.
int publish_and_wait(nmqtt_client client, nng_msg* msg, nmqtt_outcome* outcome) noexcept {
  return wait_for(client, msg, nullptr, [&](nng_aio* aio) { nmqtt_publish_async(client, outcome, aio); });
}

/// Gives a message to the aio that waits for it.
int give(callback_book& book, nng_aio* aio, const message& what) noexcept {
  nng_msg* const msg = hand_out(book, what);
  if (msg == nullptr) return NNG_ENOMEM;
  nng_aio_set_msg(aio, msg);
  return 0;
}

/// Addresses a response to where the request wants it. Errors: NNG_EINVAL, NNG_ENOENT, NNG_ENOMEM.
int address_reply(nng_msg* request, nng_msg* response) noexcept {
  if (request == nullptr || response == nullptr) return NNG_EINVAL;
  const char* const topic = nmqtt_msg_response_topic(request);
  if (topic == nullptr) return NNG_ENOENT;
  std::size_t size = 0;
  const void* const data = nmqtt_msg_correlation_data(request, &size);
  if (const int rv = nmqtt_msg_set_correlation_data(response, data, size); rv != 0) return rv;
  return nmqtt_msg_set_topic(response, topic);
}

/// What PUBACK and PUBREC can say. Spec: MQTT 5.0 §3.4.2.1, §3.5.2.1.
bool may_acknowledge_with(reason_code reason) noexcept {
  switch (reason) {
    case reason_code::success:
    case reason_code::no_matching_subscribers:
    case reason_code::unspecified_error:
    case reason_code::implementation_specific_error:
    case reason_code::not_authorized:
    case reason_code::topic_name_invalid:
    case reason_code::packet_identifier_in_use:
    case reason_code::quota_exceeded:
    case reason_code::payload_format_invalid:
      return true;
    default:
      return false;
  }
}

}  // namespace

// ---- publish ---------------------------------------------------------------------------------------------------------

int nmqtt_publish(nmqtt_client client, const char* topic, const void* data, size_t size, int flags,
                  nmqtt_outcome* outcome) {
  constexpr int known = NMQTT_QOS1 | NMQTT_QOS2 | NMQTT_RETAIN;
  const int qos = flags & (NMQTT_QOS1 | NMQTT_QOS2);
  tell(outcome, nanonng::mqtt::reason_code::success, {});
  if ((flags & ~known) != 0 || qos > 2) return NNG_EINVAL;
  nng_msg* msg = nullptr;
  if (const int rv = nmqtt_msg_alloc(&msg, topic, data, size); rv != 0) {
    if (rv == NNG_EINVAL) tell(outcome, nanonng::mqtt::reason_code::topic_name_invalid, {});
    return rv;
  }
  (void)nmqtt_msg_set_qos(msg, qos);
  (void)nmqtt_msg_set_retain(msg, (flags & NMQTT_RETAIN) != 0);
  const int rv = publish_and_wait(client, msg, outcome);
  if (rv != 0) nng_msg_free(msg);
  return rv;
}

int nmqtt_publishmsg(nmqtt_client client, nng_msg* msg, nmqtt_outcome* outcome) {
  return msg == nullptr ? static_cast<int>(NNG_EINVAL) : publish_and_wait(client, msg, outcome);
}

void nmqtt_publish_async(nmqtt_client client, nmqtt_outcome* outcome, nng_aio* aio) {
  begin_operation(client, outcome, aio, [outcome](client_entry& entry, const aio_operation_ptr& to) {
    entry.publish(to, outcome);
    return 0;
  });
}

// ---- subscribe -------------------------------------------------------------------------------------------------------

int nmqtt_subscribe(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome) {
  return wait_for(client, nullptr, nullptr,
                  [&](nng_aio* aio) { nmqtt_subscribe_async(client, topics, count, outcome, aio); });
}

void nmqtt_subscribe_async(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome,
                           nng_aio* aio) {
  begin_operation(client, outcome, aio, [=](client_entry& entry, const aio_operation_ptr& to) {
    if (!are_topics(topics, count)) return static_cast<int>(NNG_EINVAL);
    std::vector<subscription> wanted;
    wanted.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      const nmqtt_topic& each = topics[i];
      subscribe_options how;
      how.qos = static_cast<int>(each.qos);
      how.no_local = each.no_local;
      how.retain_as_published = each.retain_as_published;
      how.retain_handling = static_cast<nanonng::sdk::retain_handling>(each.retain_handling);
      wanted.push_back({each.filter, handler_for(entry.shared_book(), each), std::move(how)});
    }
    const auto asked = entry.running()->subscribe_all(std::move(wanted));
    (void)bind(to, asked, [=](nng_aio*, const nanolib::result<subscribe_outcome>& ended, std::string_view detail) {
      return tell_reasons(topics, count, outcome, ended, detail);
    });
    return 0;
  });
}

int nmqtt_unsubscribe(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome) {
  return wait_for(client, nullptr, nullptr,
                  [&](nng_aio* aio) { nmqtt_unsubscribe_async(client, topics, count, outcome, aio); });
}

void nmqtt_unsubscribe_async(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome,
                             nng_aio* aio) {
  begin_operation(client, outcome, aio, [=](client_entry& entry, const aio_operation_ptr& to) {
    if (!are_topics(topics, count)) return static_cast<int>(NNG_EINVAL);
    std::vector<std::string> filters;
    filters.reserve(count);
    for (std::size_t i = 0; i < count; ++i) filters.emplace_back(topics[i].filter);
    const auto asked = entry.running()->unsubscribe_all(std::move(filters));
    (void)bind(to, asked, [=](nng_aio*, const nanolib::result<subscribe_outcome>& ended, std::string_view detail) {
      return tell_reasons(topics, count, outcome, ended, detail);
    });
    return 0;
  });
}

// ---- receive ---------------------------------------------------------------------------------------------------------

int nmqtt_recvmsg(nmqtt_client client, nng_msg** msg, int flags) {
  constexpr int nonblock = NNG_FLAG_NONBLOCK;
  if (msg == nullptr || (flags & ~nonblock) != 0) return NNG_EINVAL;
  if ((flags & nonblock) == 0) {
    return wait_for(client, nullptr, msg, [&](nng_aio* aio) { nmqtt_recv_async(client, aio); });
  }
  const auto found = find_running(client);
  if (!found) return found.error();
  return guarded([&]() -> int {
    const auto next = (*found)->running()->try_receive();
    if (!next) return (*found)->running()->state() == client_state::closed ? NNG_ECLOSED : NNG_EAGAIN;
    nng_msg* const made = hand_out((*found)->book(), *next);
    if (made == nullptr) return NNG_ENOMEM;
    *msg = made;
    return 0;
  });
}

void nmqtt_recv_async(nmqtt_client client, nng_aio* aio) {
  if (aio == nullptr || !nng_aio_begin(aio)) return;
  const auto found = find_running(client);
  if (!found) return nng_aio_finish(aio, found.error());
  const client_entry_ptr& entry = *found;
  // What is there already is had with any timeout, and without the detour through a cancellation that nobody will need.
  int rv = guarded([&]() -> int {
    const auto next = entry->running()->try_receive();
    return next ? give(entry->book(), aio, *next) : NNG_EAGAIN;
  });
  if (rv != NNG_EAGAIN) return nng_aio_finish(aio, rv);
  const aio_operation_ptr to = aio_operation::take(aio);
  if (!to) return;
  rv = guarded([&] {
    (void)bind(
        to, entry->running()->receive(),
        [book = entry->shared_book()](nng_aio* ended_aio, const nanolib::result<message>& ended, std::string_view) {
          return ended ? give(*book, ended_aio, *ended) : nng_error_of(ended.error());
        });
    return 0;
  });
  if (rv != 0 && to->claim()) to->finish(rv);
}

int nmqtt_ack(nmqtt_client client, nng_msg* msg, uint8_t reason) {
  if (msg == nullptr || !may_acknowledge_with(static_cast<reason_code>(reason))) return NNG_EINVAL;
  const auto found = find_running(client);
  if (!found) return found.error();
  callback_book& book = (*found)->book();
  if (!book.manual_ack) return NNG_ESTATE;
  const envelope_mark mark = envelope(msg).mark();
  if (mark.receipt == 0) return mark.qos == 0 && mark.size != 0 ? 0 : NNG_ENOENT;
  return book.open_receipts.acknowledge(mark.receipt, static_cast<reason_code>(reason)) ? 0 : NNG_ENOENT;
}

// ---- request and response --------------------------------------------------------------------------------------------

int nmqtt_request(nmqtt_client client, nng_msg* request, nng_msg** response, nmqtt_outcome* outcome) {
  if (request == nullptr || response == nullptr) return NNG_EINVAL;
  return wait_for(client, request, response, [&](nng_aio* aio) { nmqtt_request_async(client, outcome, aio); });
}

void nmqtt_request_async(nmqtt_client client, nmqtt_outcome* outcome, nng_aio* aio) {
  begin_operation(client, outcome, aio, [outcome](client_entry& entry, const aio_operation_ptr& to) {
    outgoing_message what;
    if (const int rv = read_message(nng_aio_get_msg(to->aio()), what); rv != 0) return rv;
    request_options how;
    how.qos = what.qos;
    how.properties = std::move(what.properties);
    how.timeout = no_timeout;  // the aio has one
    const auto asked = entry.running()->request(what.topic, what.payload, how);
    (void)bind(to, asked,
               [outcome, book = entry.shared_book()](nng_aio* aio_of, const nanolib::result<message>& ended,
                                                     std::string_view detail) {
                 if (!ended) {
                   tell(outcome, ended.error(), detail);
                   return nng_error_of(ended.error());
                 }
                 nng_msg* const question = nng_aio_get_msg(aio_of);
                 const int rv = give(*book, aio_of, *ended);
                 if (rv == 0) nng_msg_free(question);
                 return rv;
               });
    return 0;
  });
}

int nmqtt_reply(nmqtt_client client, nng_msg* request, nng_msg* response, nmqtt_outcome* outcome) {
  if (const int rv = address_reply(request, response); rv != 0) return rv;
  return publish_and_wait(client, response, outcome);
}

void nmqtt_reply_async(nmqtt_client client, nng_msg* request, nmqtt_outcome* outcome, nng_aio* aio) {
  begin_operation(client, outcome, aio, [=](client_entry& entry, const aio_operation_ptr& to) {
    if (const int rv = address_reply(request, nng_aio_get_msg(to->aio())); rv != 0) return rv;
    entry.publish(to, outcome);
    return 0;
  });
}
