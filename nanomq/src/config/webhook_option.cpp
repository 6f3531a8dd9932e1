#include "webhook_option.hpp"

#include <algorithm>
#include <array>

#include "option_row.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;
using webhook::webhook_settings;
using enum value_type;
using namespace row;
using texts = std::vector<std::string>;

constexpr std::string_view encoding_words = "plain|base64|base62";
constexpr std::string_view missing_words = "undefined|none|empty";

template <auto Member>
constexpr option number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                        std::string_view help) {
  return of(key, type, {least, most}, help, [](auto& all) -> auto& { return all.webhook.*Member; });
}

template <auto Member>
constexpr option file_row(std::string_view key, std::string_view help) {
  return row::path(key, help, [](auto& all) -> auto& { return all.webhook.*Member; });
}

template <auto Member>
constexpr option flag(std::string_view key, std::string_view help) {
  return truth(key, help, [](auto& all) -> auto& { return all.webhook.*Member; });
}

result<void> set_url(settings& into, const value& what, std::string& why) {
  const auto& url = std::get<std::string>(what);
  if (!url.empty() && !webhook::check_url(url, why)) return std::unexpected(error{error_domain::config, 0});
  into.webhook.url = url;
  return {};
}

result<void> set_headers(settings& into, const value& what, std::string& why) {
  const auto& lines = std::get<texts>(what);
  for (const auto& one : lines) {
    if (const auto good = webhook::check_header(one, why); !good) return good;
  }
  into.webhook.headers = lines;
  return {};
}

value get_events(const settings& from) {
  texts all;
  for (const auto& one : from.webhook.events) all.push_back(webhook::text_of(one));
  return all;
}

result<void> set_events(settings& into, const value& what, std::string& why) {
  std::vector<webhook::event_rule> rules;
  for (const auto& one : std::get<texts>(what)) {
    auto read = webhook::read_event_rule(one, why);
    if (!read) return std::unexpected(read.error());
    rules.push_back(std::move(*read));
  }
  into.webhook.events = std::move(rules);
  return {};
}

constexpr std::array rows{
    flag<&webhook_settings::enable>(
        "webhook.enable", "Whether events are sent to webhook.url. Nothing is sent without a URL and events."),
    special(
        "webhook.url", path,
        "Where events go, by POST: http://HOST[:PORT]/PATH or https://. Empty: there is no webhook.",
        [](const settings& from) { return value(from.webhook.url); }, set_url),
    secret(special(
        "webhook.headers", list,
        "Headers of each POST: \"name: value\", or in a file an object, headers { content-type = \"application/json\" "
        "}. Their values are not shown.",
        [](const settings& from) { return value(from.webhook.headers); }, set_headers)),
    special("webhook.events", list,
            "What is sent: names of events, those about messages with a topic filter behind a space if not every topic "
            "is meant. In a file also objects, {event = on_message_publish, topic = \"a/#\"}. The manual lists them.",
            get_events, set_events),
    choice<encoding_words>("webhook.body.encoding",
                           "How payloads are told. plain: as text, with U+FFFD for what is no UTF-8; base64: whole; "
                           "base62: NanoMQ's, which cannot be decoded without doubt.",
                           [](auto& all) -> auto& { return all.webhook.encoding; }),
    choice<missing_words>("webhook.body.missing_username",
                          "What stands for the user name of a client that has none: undefined, the word, as NanoMQ "
                          "sends it; none, a null; empty, \"\".",
                          [](auto& all) -> auto& { return all.webhook.missing; }),
    number<&webhook_settings::pool_size>(
        "webhook.pool_size", count, 1, 1'000,
        "POSTs at a time, each on a connection of its own that is kept. The events of one client follow each other."),
    number<&webhook_settings::cancel_timeout>("webhook.cancel_timeout", duration, 1, hour,
                                              "How long a POST may take until its answer is there."),
    file_row<&webhook_settings::ca_file>(
        "webhook.ssl.cacertfile",
        "The authorities that the certificate of an https endpoint is checked against. Empty: the system's."),
    file_row<&webhook_settings::certificate_file>("webhook.ssl.certfile",
                                                  "A certificate to show to the endpoint, and its chain."),
    file_row<&webhook_settings::key_file>("webhook.ssl.keyfile", "Its private key."),
    secret(file_row<&webhook_settings::key_password>("webhook.ssl.key_password", "The password of the private key.")),
    named(flag<&webhook_settings::verify>(
              "webhook.ssl.verify_peer",
              "Whether the endpoint's certificate and name are checked. false: whoever answers is believed."),
          "webhook.ssl.verify"),
    number<&webhook_settings::batch_size>(
        "webhook.batch.size", count, 1, 10'000,
        "Events in one POST at most. 1: each body is an object; more: each is an array, also of one."),
    number<&webhook_settings::batch_time>("webhook.batch.time", duration, 0, 60 * second,
                                          "How long a batch waits to be full."),
    number<&webhook_settings::max_attempts>("webhook.retry.attempts", count, 1, 1'000,
                                            "POSTs of the same events, until they are given up and counted as failed."),
    number<&webhook_settings::backoff>("webhook.retry.backoff", duration, 1, hour,
                                       "The pause after a POST that failed; twice as long after each further one, and "
                                       "up to half of it shorter by chance."),
    number<&webhook_settings::max_backoff>("webhook.retry.max_backoff", duration, 1, 24 * hour, "The longest pause."),
    number<&webhook_settings::max_queue_messages>(
        "webhook.queue.max_messages", count, 1, 10'000'000,
        "Events that wait, those under way included. Further ones are dropped and counted."),
    number<&webhook_settings::max_queue_bytes>("webhook.queue.max_bytes", size, 1024, 65'536 * mega,
                                               "Their bodies together."),
    number<&webhook_settings::flush_timeout>("webhook.flush_timeout", duration, 0, 60 * second,
                                             "How long a stop of the broker waits until what is queued has been sent."),
};

// "name: value" of a member; its value is no text: empty.
std::string header_of(const hocon_key& key, const hocon_value& value) {
  return value.is == hocon_value::kind::text ? key.name + ": " + value.text : std::string();
}

// Empty: written wrong, and `fault` says how.
std::string event_of(const hocon_value& from, std::string& fault) {
  std::string event;
  std::string topic;
  for (std::size_t i = 0; i < from.keys.size(); ++i) {
    const auto& name = from.keys[i].name;
    if (name != "event" && name != "topic") {
      fault = "an event has the keys event and topic";
      return {};
    }
    if (from.items[i].is == hocon_value::kind::null) continue;
    if (from.items[i].is != hocon_value::kind::text) {
      fault = name + " takes a text";
      return {};
    }
    (name == "event" ? event : topic) = from.items[i].text;
  }
  if (event.empty()) fault = "an event without a name: {event = on_message_publish, topic = \"a/#\"}";
  return topic.empty() || event.empty() ? event : event + " " + topic;
}

}  // namespace

std::span<const option> webhook_options() noexcept { return rows; }

bool read_webhook_objects(std::string_view key, const hocon_value& from, written_value& into, hocon_place& place,
                          std::string& fault) {
  using kind = hocon_value::kind;
  into.is_list = true;
  if (key == "webhook.headers" && from.is == kind::object) {
    for (std::size_t i = 0; i < from.keys.size(); ++i) {
      place = from.items[i].place;
      into.items.push_back(header_of(from.keys[i], from.items[i]));
      if (into.items.back().empty()) fault = from.keys[i].name + " takes a text";
      if (!fault.empty()) break;
    }
    return true;
  }
  const bool has_objects =
      from.is == kind::list && std::ranges::any_of(from.items, [](const auto& one) { return one.is == kind::object; });
  if (key != "webhook.events" || !has_objects) return false;
  for (const auto& one : from.items) {
    place = one.place;
    if (one.is == kind::text) {
      into.items.push_back(one.text);
    } else if (one.is == kind::object) {
      into.items.push_back(event_of(one, fault));
    } else {
      fault = "takes objects with event and topic";
    }
    if (!fault.empty()) break;
  }
  return true;
}

}  // namespace nanomq::config
