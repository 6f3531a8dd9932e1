// What an MQTT client can be told before it starts, one typed function each. Include nanonng/mqtt_client.h.
//
// Everything is copied. Units are in the names; an nng_duration is milliseconds.
// Errors: NNG_EBUSY once the client has been started, NNG_ECLOSED, NNG_EINVAL (NULL, out of range, not UTF-8), NNG_ENOMEM.
#ifndef NANONNG_MQTT_OPTIONS_H
#define NANONNG_MQTT_OPTIONS_H

#include "nanonng/mqtt_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Adds a server behind the first, in the URL forms of nmqtt_client_open(). They are tried in turn, the one that worked last
/// first; user, password and client id in a URL hold for that URL. Errors: NNG_EADDRINVAL.
NMQTT_DECL int nmqtt_client_add_server(nmqtt_client client, const char* url);

/// Default: the URL's, or a random one that is kept for the client's life.
NMQTT_DECL int nmqtt_client_set_client_id(nmqtt_client client, const char* id);
/// Instead of the URL's; NULL: the URL's again.
NMQTT_DECL int nmqtt_client_set_user_name(nmqtt_client client, const char* name);
/// Any bytes; NULL: the URL's again.
NMQTT_DECL int nmqtt_client_set_password(nmqtt_client client, const void* data, size_t size);

/// The protocol level: 3 (MQTT 3.1), 4 (3.1.1) or 5, which is the default.
NMQTT_DECL int nmqtt_client_set_version(nmqtt_client client, int level);
/// Default 60; 0: none. The server may shorten it (MQTT 5).
NMQTT_DECL int nmqtt_client_set_keep_alive(nmqtt_client client, uint16_t seconds);
/// Whether the first connection begins a new session; default true. Reconnections find theirs. When false, the session of
/// an earlier process with the same client id goes on, and nmqtt_client_stop() leaves it there.
NMQTT_DECL int nmqtt_client_set_clean_start(nmqtt_client client, bool clean);
/// How long the server keeps the session of a lost connection (MQTT 5); default 3600.
NMQTT_DECL int nmqtt_client_set_session_expiry(nmqtt_client client, uint32_t seconds);
#define NMQTT_FOREVER 0xFFFFFFFFu

/// What the server publishes when the connection is lost, `delay` later at the earliest; NULL: nothing.
/// Owns: the message is copied and stays the caller's. Errors: NNG_EINVAL (no topic).
NMQTT_DECL int nmqtt_client_set_will(nmqtt_client client, nng_msg* msg, uint32_t delay_seconds);

/// Messages of QoS 1 and 2 that the server may send ahead of our acknowledgements; default 1024, at least 1.
NMQTT_DECL int nmqtt_client_set_receive_maximum(nmqtt_client client, uint16_t count);
/// That we take; default 16 MiB, at least 16.
NMQTT_DECL int nmqtt_client_set_maximum_packet_size(nmqtt_client client, uint32_t bytes);
/// Aliases that the server may use towards us; default 16.
NMQTT_DECL int nmqtt_client_set_topic_alias_maximum(nmqtt_client client, uint16_t count);
/// Whether we use them towards the server, as far as it allows; default false.
NMQTT_DECL int nmqtt_client_set_use_topic_aliases(nmqtt_client client, bool use);
/// Adds a User Property to CONNECT (MQTT 5).
NMQTT_DECL int nmqtt_client_add_user_property(nmqtt_client client, const char* name, const char* value);
/// Where responses to nmqtt_request() go: this and the client id; default "nanonng/response/".
NMQTT_DECL int nmqtt_client_set_response_prefix(nmqtt_client client, const char* prefix);

enum nmqtt_policy {
  NMQTT_POLICY_BLOCK,       ///< wait for room, as long as the timeout says
  NMQTT_POLICY_FAIL,        ///< NNG_EAGAIN
  NMQTT_POLICY_DROP_OLDEST  ///< the oldest message that has not been sent makes room, and ends with NNG_ECANCELED
};

/// The outgoing queue: what is not acknowledged (QoS 1, 2) or not written (QoS 0). Default: 10 000 messages, 16 MiB, block.
NMQTT_DECL int nmqtt_client_set_send_bounds(nmqtt_client client, size_t messages, size_t bytes,
                                            enum nmqtt_policy policy);
/// What waits for callbacks or nmqtt_recvmsg(): beyond either bound the client reads no further until half has been taken.
/// Default: 10 000 messages, 64 MiB.
NMQTT_DECL int nmqtt_client_set_recv_bounds(nmqtt_client client, size_t messages, size_t bytes);
/// Messages are acknowledged by nmqtt_ack(), not by the library when a callback has returned or nmqtt_recvmsg() has handed
/// one over; default false.
NMQTT_DECL int nmqtt_client_set_manual_ack(nmqtt_client client, bool manual);

/// When to try again: a random time between 0 and minimum·2ⁿ, at most `maximum`, where n counts the failures since a
/// connection last held for `calm`. Default 500, 60 000, 30 000.
NMQTT_DECL int nmqtt_client_set_reconnect(nmqtt_client client, nng_duration minimum, nng_duration maximum,
                                          nng_duration calm);
/// Give up after so many attempts in a row; default 0: never.
NMQTT_DECL int nmqtt_client_set_reconnect_attempts(nmqtt_client client, uint32_t attempts);
/// A message with QoS 1 or 2 on which the server closes so many connections in a row is given up: NNG_ECONNABORTED. A server
/// before MQTT 5 has no other way to say that it does not take one. Default 0: never, it is sent again for ever.
NMQTT_DECL int nmqtt_client_set_attempts_per_message(nmqtt_client client, uint32_t attempts);
/// Whether a message with QoS 0 ends when the server has answered a PINGREQ behind it, and not when it is written; default
/// false.
NMQTT_DECL int nmqtt_client_set_confirm_qos_0(nmqtt_client client, bool confirm);
/// Whether to go on after a refusal that time alone does not mend (credentials, rights, client id); default true.
NMQTT_DECL int nmqtt_client_set_reconnect_after_refusal(nmqtt_client client, bool go_on);
/// From the beginning of an attempt to the server's CONNACK; default 10 000.
NMQTT_DECL int nmqtt_client_set_connect_timeout(nmqtt_client client, nng_duration limit);
/// Of the functions that block; default NNG_DURATION_INFINITE, as in nng. Asynchronous ones have their aio's.
NMQTT_DECL int nmqtt_client_set_timeout(nmqtt_client client, nng_duration limit);

/// Enhanced authentication (MQTT 5): appends the data of CONNECT (`challenge` is NULL), or the answer to a challenge of the
/// server, to the body of `answer`, on a thread of its own beside the callbacks. Another result than 0 gives this attempt up.
/// Owns: nothing; both live as long as the call. Spec: MQTT 5.0 §4.12.
typedef int (*nmqtt_auth_cb)(nmqtt_client client, const void* challenge, size_t size, nng_msg* answer, void* arg);
NMQTT_DECL int nmqtt_client_set_auth(nmqtt_client client, const char* method, nmqtt_auth_cb cb, void* arg);

/// Judges what the server says at last, when it accepts: the data of CONNACK, or of the AUTH that ends
/// nmqtt_reauthenticate(); NULL when there is none. Another result than 0 ends the connection before anything is sent over
/// it. Runs on the thread that does the input and output: it waits for nothing and calls nothing here.
typedef int (*nmqtt_auth_finish_cb)(nmqtt_client client, const void* last, size_t size, void* arg);
/// For methods of nmqtt_client_set_auth(); NULL: whatever the server says is right.
NMQTT_DECL int nmqtt_client_set_auth_finish(nmqtt_client client, nmqtt_auth_finish_cb cb, void* arg);

/// Enhanced authentication by SCRAM-SHA-256 (MQTT 5): the password is not sent, and a server that cannot show that it knows
/// the user's keys is left before anything is sent to it. Instead of nmqtt_client_set_auth(), and of a user and password in
/// the URL or by nmqtt_client_set_user_name(), which would be sent besides. Both in printable ASCII; NULL for both: none.
/// Errors: NNG_EINVAL (other letters, or one of them empty), NNG_ENOTSUP (a build without mbedtls).
/// Spec: RFC 5802, RFC 7677.
NMQTT_DECL int nmqtt_client_set_scram(nmqtt_client client, const char* user, const char* password);

#ifdef __cplusplus
}
#endif

#endif
