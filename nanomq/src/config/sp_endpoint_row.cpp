#include "sp_endpoint_row.hpp"

#include <array>
#include <limits>
#include <utility>

namespace nanomq::config {
namespace {

using setting = sp_endpoint_setting;
using texts = std::vector<std::string>;

constexpr std::uint64_t giga = std::uint64_t{1} << 30U;
constexpr std::uint64_t hour = 3'600'000;
constexpr std::uint64_t most_32 = std::numeric_limits<std::uint32_t>::max();

template <class Number>
Number number_of(const value& from) {
  return static_cast<Number>(std::get<std::uint64_t>(from));
}

constexpr std::array endpoints{
    sp_endpoint_row{"enable",
                    value_type::boolean,
                    {},
                    "Whether the endpoint is opened.",
                    [](const setting& from) { return value(from.enable); },
                    [](setting& into, const value& what) { into.enable = std::get<bool>(what); }},
    sp_endpoint_row{
        "listen",
        value_type::list,
        {},
        "URLs where SP peers may connect: tcp://, ipc://, ws://, tls+tcp://, wss://, inproc://. Also called "
        "pub_url, sub_url and so on, after the protocol.",
        [](const setting& from) { return value(from.options.listen); },
        [](setting& into, const value& what) { into.options.listen = std::get<texts>(what); }},
    sp_endpoint_row{"dial",
                    value_type::list,
                    {},
                    "URLs of SP peers to connect to, now or whenever they are there.",
                    [](const setting& from) { return value(from.options.dial); },
                    [](setting& into, const value& what) { into.options.dial = std::get<texts>(what); }},
    sp_endpoint_row{
        "clientid",
        value_type::path,
        {},
        "The client id under which it publishes and subscribes, and that access rules see. Empty: nng-, the "
        "protocol and the name, as in nng-pub-line1.",
        [](const setting& from) { return value(from.options.client_id); },
        [](setting& into, const value& what) { into.options.client_id = std::get<std::string>(what); }},
    sp_endpoint_row{"username",
                    value_type::path,
                    {},
                    "The user name that access rules see.",
                    [](const setting& from) { return value(from.options.user_name); },
                    [](setting& into, const value& what) { into.options.user_name = std::get<std::string>(what); }},
    sp_endpoint_row{"allow_anonymous",
                    value_type::boolean,
                    {},
                    "Whether other machines may connect: SP knows neither user names nor passwords.",
                    [](const setting& from) { return value(from.allow_anonymous); },
                    [](setting& into, const value& what) { into.allow_anonymous = std::get<bool>(what); }},
    sp_endpoint_row{
        "max_queue_messages",
        value_type::count,
        {1, 10'000'000},
        "Messages that wait for the socket, or for the broker; more are dropped and counted, or their "
        "sender waits.",
        [](const setting& from) { return value(std::uint64_t{from.options.max_queue_messages}); },
        [](setting& into, const value& what) { into.options.max_queue_messages = number_of<std::uint32_t>(what); }},
    sp_endpoint_row{
        "max_queue_bytes",
        value_type::size,
        {1024, 64 * giga},
        "Their payloads together.",
        [](const setting& from) { return value(from.options.max_queue_bytes); },
        [](setting& into, const value& what) { into.options.max_queue_bytes = number_of<std::uint64_t>(what); }},
    sp_endpoint_row{
        "max_message_size",
        value_type::size,
        {1, most_32 / 4},
        "The largest SP message, either way; larger ones are dropped and counted.",
        [](const setting& from) { return value(from.options.max_message_size); },
        [](setting& into, const value& what) { into.options.max_message_size = number_of<std::uint64_t>(what); }},
    sp_endpoint_row{
        "answer_timeout",
        value_type::duration,
        {1, hour},
        "How long a question waits for its answer (req, rep, surveyor, respondent).",
        [](const setting& from) { return value(static_cast<std::uint64_t>(from.options.answer_timeout.count())); },
        [](setting& into, const value& what) {
          into.options.answer_timeout = nanolib::duration(number_of<nanolib::duration::rep>(what));
        }},
    sp_endpoint_row{
        "max_questions",
        value_type::count,
        {1, 10'000},
        "Questions that may wait for their answers at the same time.",
        [](const setting& from) { return value(std::uint64_t{from.options.max_questions}); },
        [](setting& into, const value& what) { into.options.max_questions = number_of<std::uint32_t>(what); }},
    sp_endpoint_row{
        "redial_backoff",
        value_type::duration,
        {1, hour},
        "The pause before a peer is dialled again that is not there; it doubles with each attempt.",
        [](const setting& from) { return value(static_cast<std::uint64_t>(from.options.redial_backoff.count())); },
        [](setting& into, const value& what) {
          into.options.redial_backoff = nanolib::duration(number_of<nanolib::duration::rep>(what));
        }},
    sp_endpoint_row{
        "redial_max_backoff",
        value_type::duration,
        {1, 24 * hour},
        "The longest such pause.",
        [](const setting& from) { return value(static_cast<std::uint64_t>(from.options.redial_max_backoff.count())); },
        [](setting& into, const value& what) {
          into.options.redial_max_backoff = nanolib::duration(number_of<nanolib::duration::rep>(what));
        }},
    sp_endpoint_row{"cacertfile",
                    value_type::path,
                    {},
                    "The authorities that certificates of peers are checked against (tls+tcp, wss).",
                    [](const setting& from) { return value(from.options.tls_ca_file); },
                    [](setting& into, const value& what) { into.options.tls_ca_file = std::get<std::string>(what); }},
    sp_endpoint_row{
        "certfile",
        value_type::path,
        {},
        "Certificate and private key in one file (tls+tcp, wss).",
        [](const setting& from) { return value(from.options.tls_certificate_key_file); },
        [](setting& into, const value& what) { into.options.tls_certificate_key_file = std::get<std::string>(what); }},
};

constexpr bool both = true;
constexpr bool subscriptions_only = false;

constexpr std::array rules{
    sp_rule_row{"local_topic",
                value_type::path,
                {},
                both,
                "The topic in MQTT. In a forward: a filter. In a subscription: where messages are published; with "
                "topic framing it may be left out, or have places such as {2} for a level of the topic in the message.",
                [](const sp_rule& from) { return value(from.local_topic); },
                [](sp_rule& into, const value& what) { into.local_topic = std::get<std::string>(what); }},
    sp_rule_row{"remote_topic",
                value_type::path,
                {},
                both,
                "The topic in SP. In a forward with topic framing: what stands in front of the payload instead of the "
                "topic; places as above. In a subscription: what messages begin with; others are left alone.",
                [](const sp_rule& from) { return value(from.remote_topic); },
                [](sp_rule& into, const value& what) { into.remote_topic = std::get<std::string>(what); }},
    sp_rule_row{"nng_delimiter",
                value_type::path,
                {},
                both,
                "What stands between topic and payload; \\0, \\t and \\xHH are understood. With / a subscription's "
                "topic is its remote_topic, with "
                "anything else the topic ends at the first one.",
                [](const sp_rule& from) { return value(from.delimiter); },
                [](sp_rule& into, const value& what) { into.delimiter = std::get<std::string>(what); }},
    sp_rule_row{"frame",
                value_type::text,
                {0, 0, 1, "auto|topic|payload"},
                both,
                "Whether SP messages have the topic in front. auto: with pub and sub they have, as in NanoMQ, with the "
                "other protocols not.",
                [](const sp_rule& from) { return value(from.frame.empty() ? std::string("auto") : from.frame); },
                [](sp_rule& into, const value& what) {
                  into.frame = std::get<std::string>(what) == "auto" ? "" : std::get<std::string>(what);
                }},
    sp_rule_row{"qos",
                value_type::count,
                {0, 2},
                both,
                "In a forward: the highest QoS it subscribes with. In a subscription: the QoS it publishes with.",
                [](const sp_rule& from) { return value(std::uint64_t{from.qos}); },
                [](sp_rule& into, const value& what) { into.qos = number_of<std::uint8_t>(what); }},
    sp_rule_row{"retain",
                value_type::boolean,
                {},
                subscriptions_only,
                "Whether the broker keeps what is published.",
                [](const sp_rule& from) { return value(from.retain); },
                [](sp_rule& into, const value& what) { into.retain = std::get<bool>(what); }},
};

}  // namespace

std::span<const sp_endpoint_row> sp_endpoint_rows() noexcept { return endpoints; }
std::span<const sp_rule_row> sp_rule_rows() noexcept { return rules; }

}  // namespace nanomq::config
