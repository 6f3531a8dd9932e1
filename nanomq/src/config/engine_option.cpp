#include "engine_option.hpp"

#include <array>
#include <limits>

#include "option_row.hpp"

namespace nanomq::config {
namespace {

using broker::broker_options;
using broker::durability_options;
using broker::flapping_options;
using broker::traffic_limits;
using nanolib::result;
using enum value_type;
using namespace row;
using broker_limits = broker::limits;

constexpr std::uint64_t most_16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t most_32 = std::numeric_limits<std::uint32_t>::max();

constexpr std::string_view rate_action_words = "wait|drop_qos0|disconnect";
constexpr std::string_view poller_words = "auto|epoll|poll";
constexpr std::string_view durability_words = "none|process|fsync";

// The same row, of what a running broker can change.
constexpr option changeable(option row) {
  row.reloadable = true;
  return row;
}

// A number in limits.
template <auto Member, std::uint64_t Scale = 1>
constexpr option limit(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                       std::string_view help, std::string_view alias = {}, std::string_view environment = {}) {
  return fixed(named(
      of<Scale>(key, type, {least, most, Scale}, help, [](auto& all) -> auto& { return all.broker.limits.*Member; }),
      alias, environment));
}

// A number among the broker's other options.
template <auto Member>
constexpr option broker_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                               std::string_view help) {
  return fixed(of(key, type, {least, most}, help, [](auto& all) -> auto& { return all.broker.*Member; }));
}

// A number among those of the store.
template <auto Member>
constexpr option store_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                              std::string_view help, std::string_view alias = {}) {
  return fixed(named(
      of(key, type, {least, most}, help, [](auto& all) -> auto& { return all.broker.durability.*Member; }), alias));
}

// A size, or a share of what the machine has.
template <auto Share, class Bytes>
constexpr option shared_size(std::string_view key, std::uint64_t least, std::uint64_t most, std::string_view help,
                             Bytes) {
  return {key,
          {},
          {},
          value_type::share,
          {least, most},
          false,
          help,
          [](const settings& from) {
            const percent part = from.shares.*Share;
            return part.of_hundred != 0 ? value(part) : value(std::uint64_t{Bytes()(from.broker)});
          },
          [](settings& into, const value& what, std::string&) -> result<void> {
            const auto* const part = std::get_if<percent>(&what);
            into.shares.*Share = part != nullptr ? *part : percent{};
            if (part == nullptr) Bytes()(into.broker) = std::get<std::uint64_t>(what);
            return {};
          }};
}

// A rate among those that can be exchanged while the broker runs.
template <class Get>
constexpr option traffic_rate(std::string_view key, value_type type, std::string_view help, Get) {
  return of(key, type, {0, most_32}, help, [](auto& all) -> auto& { return Get()(all.broker.traffic); });
}

template <auto Rates>
constexpr option traffic_action(std::string_view key, std::string_view help) {
  return choice<rate_action_words>(key, help, [](auto& all) -> auto& { return (all.broker.traffic.*Rates).action; });
}

template <auto Member>
constexpr option flapping_number(std::string_view key, value_type type, std::uint64_t least, std::uint64_t most,
                                 std::string_view help) {
  return of(key, type, {least, most}, help, [](auto& all) -> auto& { return all.broker.traffic.flapping.*Member; });
}

constexpr std::array table{
    changeable(limit<&broker_limits::max_packet_size>(
        "mqtt.max_packet_size", size, 64, 272'629'760,
        "The largest packet that is accepted, fixed header included. MQTT knows none beyond 268435460 bytes; more, as "
        "the 260MB of many a nanomq.conf, means the same. Announced to MQTT 5 clients.",
        {}, "NANOMQ_MAX_PACKET_SIZE")),
    changeable(limit<&broker_limits::max_keepalive_s, second>(
        "mqtt.max_keepalive", duration, 0, most_16* second,
        "The longest keep alive that an MQTT 5 client gets; a longer one (or none) is replaced by this. 0: what the "
        "client asks for.")),
    limit<&broker_limits::receive_maximum>("mqtt.receive_maximum", count, 1, most_16,
                                           "QoS 1 and 2 messages that a client may have under way to the broker."),
    limit<&broker_limits::max_inflight>(
        "mqtt.max_inflight", count, 1, most_16,
        "QoS 1 and 2 messages that the broker has under way to a client, unless the client asks for fewer."),
    limit<&broker_limits::max_queue_messages>("mqtt.max_queue_messages", count, 1, 1'000'000'000,
                                              "Messages that wait for one client beyond those under way.",
                                              "mqtt.max_mqueue_len", "NANOMQ_MSQ_LEN"),
    limit<&broker_limits::max_queue_bytes>("mqtt.max_queue_bytes", size, 1, 1024 * giga,
                                           "Bytes of messages that wait for one client."),
    limit<&broker_limits::max_output_bytes>("mqtt.max_output_bytes", size, 1, 16 * giga,
                                            "Bytes written for one connection that its client has not read yet; QoS 0 "
                                            "messages beyond it are dropped for that client."),
    changeable(limit<&broker_limits::max_topic_alias>("mqtt.max_topic_alias", count, 0, most_16,
                                                      "Topic aliases each way per MQTT 5 connection. 0: none.")),
    limit<&broker_limits::max_topic_size>("mqtt.max_topic_size", size, 1, most_16,
                                          "The longest topic name or topic filter."),
    limit<&broker_limits::max_topic_levels>("mqtt.max_topic_levels", count, 1, most_16 + 1,
                                            "Levels in a topic name or topic filter."),
    changeable(limit<&broker_limits::max_filters_per_subscribe>("mqtt.max_filters_per_subscribe", count, 1, 1'000'000,
                                                                "Topic filters in one SUBSCRIBE or UNSUBSCRIBE.")),
    limit<&broker_limits::max_subscription_bytes>("mqtt.max_subscription_bytes", size, 1, 4'294'967'295,
                                                  "Bytes of the topic filters of one client."),
    limit<&broker_limits::max_subscriptions>("mqtt.max_subscriptions", count, 1, 100'000'000,
                                             "Subscriptions of one client."),
    limit<&broker_limits::max_session_expiry_s, second>("mqtt.max_session_expiry", duration, 0, most_32* second,
                                                        "How long a session is kept after its connection has ended, at "
                                                        "the most. 0: no session outlives its connection."),
    limit<&broker_limits::max_will_delay_s, second>("mqtt.max_will_delay", duration, 0, most_32* second,
                                                    "The longest will delay."),
    changeable(limit<&broker_limits::max_user_properties>("mqtt.max_user_properties", count, 1, 1'000'000,
                                                          "User properties in one packet.", "mqtt.property_size",
                                                          "NANOMQ_PROPERTY_SIZE")),
    changeable(limit<&broker_limits::max_properties_size>("mqtt.max_properties_size", size, 64, 268'435'455,
                                                          "Bytes of properties in one packet.")),
    changeable(
        limit<&broker_limits::connect_timeout>("mqtt.connect_timeout", duration, 100, hour,
                                               "How long a new connection may take until its CONNECT is complete.")),
    limit<&broker_limits::max_retained_messages>("mqtt.max_retained_messages", count, 0, 1'000'000'000,
                                                 "Retained messages in all."),
    shared_size<&share_settings::retained>(
        "mqtt.max_retained_bytes", 0, 1024 * giga,
        "Bytes of retained messages in all. A share is one of the memory that the broker may have.",
        [](auto& from) -> auto& { return from.limits.max_retained_bytes; }),

    changeable(limit<&broker_limits::max_connections>("limits.max_connections", count, 1, 10'000'000,
                                                      "Connections in all. When there are as many, a new one takes the "
                                                      "place of the oldest whose CONNECT has not been answered yet.")),
    limit<&broker_limits::max_connections_per_address>("limits.max_connections_per_address", count, 0, 10'000'000,
                                                       "Connections from one address. 0: as many as in all."),
    limit<&broker_limits::max_half_open_per_address>(
        "limits.max_half_open_per_address", count, 0, 10'000'000,
        "Of them, those whose CONNECT has not been answered yet. 0: any number."),
    limit<&broker_limits::max_sessions>("limits.max_sessions", count, 1, 100'000'000,
                                        "Sessions in all, connected ones included."),
    changeable(limit<&broker_limits::max_connect_size>("limits.max_connect_size", size, 64, 268'435'460,
                                                       "The largest CONNECT.")),
    shared_size<&share_settings::unauthenticated>(
        "limits.max_unauthenticated_bytes", 4 * kilo, 16 * giga,
        "Memory for the input of all clients whose CONNECT has not been answered yet. A share is one of the memory "
        "that the broker may have.",
        [](auto& from) -> auto& { return from.limits.max_unauthenticated_bytes; }),

    traffic_rate("limits.max_conn_rate_per_address", rate,
                 "New connections from one address (of IPv6: from one /64). Further ones are closed at once. Clients "
                 "behind one router or in containers share an address.",
                 [](auto& all) -> auto& { return all.connections_per_address; }),
    traffic_rate("limits.client.messages_rate", rate,
                 "Messages (PUBLISH) that each client may send. A listener's own messages_rate goes before.",
                 [](auto& all) -> auto& { return all.client.messages; }),
    traffic_rate("limits.client.bytes_rate", byte_rate, "Bytes that each client may send, of all its packets.",
                 [](auto& all) -> auto& { return all.client.bytes; }),
    traffic_action<&traffic_limits::client>(
        "limits.client.rate_action",
        "What becomes of more. wait: the client is not read from until it may send again, so that nothing is lost; "
        "drop_qos0: QoS 0 messages are dropped and counted, others wait; disconnect: its connection ends (0x96)."),
    traffic_rate("limits.user.messages_rate", rate,
                 "Messages that all clients of one user name may send together. In a configuration file limits.users "
                 "has what holds for single users: limits.users.NAME.messages_rate, bytes_rate and rate_action.",
                 [](auto& all) -> auto& { return all.user.messages; }),
    traffic_rate("limits.user.bytes_rate", byte_rate, "Bytes that they may send together.",
                 [](auto& all) -> auto& { return all.user.bytes; }),
    traffic_action<&traffic_limits::user>("limits.user.rate_action",
                                          "What becomes of more: as limits.client.rate_action."),
    limit<&broker_limits::max_sessions_per_user>("limits.user.max_sessions", count, 0, 100'000'000,
                                                 "Sessions of one user, connected ones included. 0: no limit of their "
                                                 "own. Clients without a user name have none."),
    limit<&broker_limits::max_retained_per_user>(
        "limits.user.max_retained_messages", count, 0, 1'000'000'000,
        "Retained messages that one user has published. 0: no limit of their own. It is not known whose those are that "
        "come from the store at a start."),

    truth("flapping_detect.enable",
          "Whether clients that come and go all the time are banned for a while, by their client id and address.",
          [](auto& all) -> auto& { return all.broker.traffic.flapping.enable; }),
    flapping_number<&flapping_options::max_count>("flapping_detect.max_count", count, 1, 1'000'000,
                                                  "Connections of one client that may end within the window."),
    flapping_number<&flapping_options::window_time>("flapping_detect.window_time", duration, second, 24 * hour,
                                                    "The window, which begins with the first of them."),
    flapping_number<&flapping_options::ban_time>("flapping_detect.ban_time", duration, second, 24 * 365 * hour,
                                                 "How long such a client stays away."),

    fixed(named(row::path("store.dir",
                          "The directory of the store, which the broker makes if it is not there and keeps to itself. "
                          "What is acknowledged to or by clients whose sessions outlive their connections survives "
                          "there. Empty: no store, everything is in memory.",
                          [](auto& all) -> auto& { return all.broker.durability.directory; }),
                "sqlite.mounted_file_path")),
    fixed(choice<durability_words>("store.durability",
                                   "What survives with a store: fsync, a power cut; process, the end of the process "
                                   "(kill -9) but not a power cut; none, nothing (the store is not opened).",
                                   [](auto& all) -> auto& { return all.broker.durability.level; })),
    store_number<&durability_options::max_queue_messages>(
        "store.max_queue_messages", count, 1, 1'000'000'000,
        "Messages that wait for one client whose session is in the store, on disk for the most part. Further ones are "
        "dropped for this client, and counted."),
    store_number<&durability_options::max_queue_bytes>("store.max_queue_bytes", size, 1, 1024 * giga,
                                                       "Bytes of messages that wait for one such client."),
    store_number<&durability_options::max_messages>(
        "store.max_messages", count, 1, 1'000'000'000'000,
        "Messages in all queues of the store together. At this number QoS 1 and 2 messages are refused (0x97; before "
        "MQTT 5 the connection is closed).",
        "sqlite.disk_cache_size"),
    shared_size<&share_settings::store>("store.max_bytes", 1, 1024 * 1024 * giga,
                                        "Bytes of messages in all queues of the store together; likewise. A share is "
                                        "one of the file system that store.dir is in.",
                                        [](auto& from) -> auto& { return from.durability.max_bytes; }),

    changeable(broker_number<&broker_options::sys_interval>(
        "sys.interval", duration, 0, 24 * hour,
        "How often the statistics under $SYS/broker/ are published. 0: never.")),
    fixed(truth("sys.client_status_events",
                "Whether $SYS/brokers/client_status/<client id> tells when clients come and go.",
                [](auto& all) -> auto& { return all.broker.client_status_events; })),

    broker_number<&broker_options::shards>("system.shards", count, 0, 255,
                                           "Event loops, each with a thread of its own. 0: one per core."),
    broker_number<&broker_options::handshake_threads>(
        "system.handshake_threads", count, 0, 64,
        "Threads that compute TLS handshakes, with a lower priority than the event loops. Each does two to three "
        "hundred full ones a second. 0: the event loops do them, which clients that are connected feel."),
    fixed(choice<poller_words>("system.poller",
                               "How the event loops wait: epoll is the fast one on Linux, poll works everywhere.",
                               [](auto& all) -> auto& { return all.broker.poller; })),
    broker_number<&broker_options::stop_timeout>("system.stop_timeout", duration, 0, 60 * second,
                                                 "How long a stop waits for slow clients to read what is theirs."),

    fixed(row::path("control.socket",
                    "The Unix socket on which nanomq broker status, clients, disconnect and reload ask a running "
                    "broker. Only the broker's user and root can. auto: beside the pid file, where there is one "
                    "(nanomq.sock for nanomq.pid). Empty: none.",
                    [](auto& all) -> auto& { return all.control_socket; })),
};

}  // namespace

std::span<const option> engine_options() noexcept { return table; }

}  // namespace nanomq::config
