// An MQTT client for C programs, in nng's manner, on stock libnng (1.5.2 or later, no patch, no private symbol).
//
//   nmqtt_client c;
//   if (nmqtt_client_open(&c, "mqtt://localhost") == 0 && nmqtt_client_start(c) == 0) {
//     nmqtt_publish(c, "greetings/world", "hello", 5, NMQTT_QOS1, NULL);
//   }
//   nmqtt_client_close(c);
//
// A client connects by itself, stays connected (back-off, list of servers), renews its subscriptions when the server has
// no session of ours, and sends again what was not acknowledged. Nothing has to wait for a connection.
//
// Names. NanoSDK's are nng_mqtt_…, and it patches nng; a program may meet both, so everything here is nmqtt_… instead:
// nng_mqtt_subscribe is nmqtt_subscribe, nng_mqtt_set_connect_cb is nmqtt_set_connect_cb, and so on. NanoNNG defines no
// nmqtt_ symbol (it does define nmq_ ones).
//
// Results. Every int is 0 or an nng error code (nng_strerror). What a server refuses, and what MQTT forbids before
// anything is sent, is one of
//   NNG_EPERM        credentials, rights, banned
//   NNG_EINVAL       a topic, filter, payload or client id that MQTT or the server does not take
//   NNG_EMSGSIZE     larger than the server takes
//   NNG_ENOTSUP      the server does not do that (QoS, retain, wildcards, shared subscriptions)
//   NNG_EPROTO       the server breaks the protocol, or says that we do
//   NNG_EPEERAUTH    a certificate or key was refused, the server's by us or ours by the server
//   NNG_ECONNREFUSED everything else
// with the MQTT reason code and words for it in an nmqtt_outcome, where one is given. Besides, every function can return
//   NNG_ECLOSED      no such client, or it was stopped or closed meanwhile
//   NNG_ESTATE       it has not been started (operations), or has been (options: NNG_EBUSY); a callback can't wait now
//   NNG_EINVAL       a NULL or a value that makes no sense
//   NNG_ENOMEM
// and every operation NNG_ETIMEDOUT, NNG_ECANCELED and NNG_EAGAIN (the queue is full and its policy is to fail). Below,
// "Errors" names what comes on top.
//
// Asynchronous calls take an nng_aio, which follows nng's rules: nng_aio_set_timeout() bounds the whole operation (of
// NNG_DURATION_ZERO only what is there already succeeds), nng_aio_cancel() and nng_aio_abort() end it, nng_aio_stop() and
// nng_aio_free() end it and wait; nng_aio_wait() and callbacks as ever. It completes when the server has acknowledged.
// A cancelled PUBLISH that has left already arrives all the same: only nobody is told. One limit is nng's own: its
// nng_aio_defer() does not tell a provider that the aio was stopped an instant before. So where a callback starts its aio
// anew, stop the client first and the aio then, as one closes a socket before one frees its aios.
//
// Callbacks of this header run on one thread per client, its callback thread: one at a time, in order, never under a lock.
// They may call everything here for this and other clients, the blocking functions and nmqtt_client_close() included, and
// take as long as they like: the input and output goes on beside them until the incoming bounds pause it. While they block
// in a function of this header it goes on beyond these bounds, up to four times as far, and then ends the function with
// NNG_ESTATE; of nng_aio_wait() in a callback nothing is known here, and it may never end. Callbacks of aios run on nng's
// threads, as for every nng_aio, and at the same time as these.
//
// Threads. Every function may be called from every thread at any time. A function that can block says so.
#ifndef NANONNG_MQTT_CLIENT_H
#define NANONNG_MQTT_CLIENT_H

#include <nng/nng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanonng/mqtt_msg.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A client, by value. Copies mean the same one; an id is never used twice.
typedef struct nmqtt_client_s {
  uint32_t id;
} nmqtt_client;

#define NMQTT_CLIENT_INITIALIZER {0}

/// What the server, or MQTT, said about an operation. Filled in before the operation's end; of an asynchronous one it
/// lives until then.
typedef struct nmqtt_outcome {
  uint8_t reason;  ///< MQTT 5 reason code; 0 (success) also when the error is not MQTT's
  char text[247];  ///< the server's Reason String, cut to fit, or other words; "" when nobody said anything
} nmqtt_outcome;

/// "not authorized" and so on, for an MQTT 5 reason code. Static; never NULL.
NMQTT_DECL const char* nmqtt_reason_text(uint8_t reason);

// ---- a client's life -------------------------------------------------------------------------------------------------

/// Makes a client for the server at `url`, which does nothing yet: options come next, then nmqtt_client_start().
/// mqtt://, tcp://, mqtt-tcp:// (port 1883), mqtts://, ssl://, tls+mqtt-tcp:// (8883), ws:// (80), wss:// (443),
/// unix:///path, ipc:///path; user:password@ before the host, ?client_id= behind. Errors: NNG_EADDRINVAL (no URL of ours).
NMQTT_DECL int nmqtt_client_open(nmqtt_client* client, const char* url);

/// Begins to connect, in the background. That no server can be reached is no error; nmqtt_set_disconnect_cb() tells.
/// Errors: NNG_ESTATE (twice), NNG_EINVAL (options that contradict one another, or a file of TLS that cannot be used),
/// NNG_ENOTSUP (TLS, in a build without it). nmqtt_client_get_fault() says more.
NMQTT_DECL int nmqtt_client_start(nmqtt_client client);

/// Ends the connection with DISCONNECT, refuses new operations with NNG_ECLOSED, ends pending ones with it, and waits until
/// no callback of the client runs any more, unless it is called from one. What was received stays there for
/// nmqtt_recvmsg(). Blocks, for a few seconds at most. Never fails for a client that exists; twice is once.
NMQTT_DECL int nmqtt_client_stop(nmqtt_client client);

/// nmqtt_client_stop(), and the end of the client: what it still holds is freed, the handle means nothing any more.
/// Blocks like it. Errors: NNG_ECLOSED only.
NMQTT_DECL int nmqtt_client_close(nmqtt_client client);

/// The id if the client exists, -1 if not. Like nng_socket_id().
NMQTT_DECL int nmqtt_client_id(nmqtt_client client);

/// A graceful end: refuses new operations, waits up to `drain` for what is queued to be acknowledged, then ends like
/// nmqtt_client_stop() with this reason: 0, or NMQTT_DISCONNECT_WITH_WILL. Blocks.
NMQTT_DECL int nmqtt_disconnect(nmqtt_client client, uint8_t reason, nng_duration drain);
/// The same without blocking. The aio's timeout and its cancellation do not stop the end, only the wait for it.
NMQTT_DECL void nmqtt_disconnect_async(nmqtt_client client, uint8_t reason, nng_duration drain, nng_aio* aio);
#define NMQTT_DISCONNECT_WITH_WILL 0x04

// ---- publish ---------------------------------------------------------------------------------------------------------

// Flags of nmqtt_publish().
#define NMQTT_QOS0 0
#define NMQTT_QOS1 1
#define NMQTT_QOS2 2
#define NMQTT_RETAIN 4

/// Publishes a copy of `size` bytes and waits for the acknowledgement (of QoS 0: until it has been written). Blocks, as
/// long as nmqtt_client_set_timeout() says. `outcome` may be NULL, here and below.
/// Errors: refusals; among them 0x90 (topic), 0x9A (retain), 0x9B (QoS), 0x95 (size). NNG_EAGAIN, NNG_ECANCELED: dropped
/// to make room.
NMQTT_DECL int nmqtt_publish(nmqtt_client client, const char* topic, const void* data, size_t size, int flags,
                             nmqtt_outcome* outcome);

/// Publishes a message, like nng_sendmsg(): topic, QoS, retain and properties are what nmqtt_msg_set_…() said. Blocks like
/// nmqtt_publish(). Owns: on success the message belongs to the library, on failure to the caller.
/// Errors: like nmqtt_publish(); NNG_EINVAL: it has no topic, or its front was edited.
NMQTT_DECL int nmqtt_publishmsg(nmqtt_client client, nng_msg* msg, nmqtt_outcome* outcome);

/// Publishes the aio's message, like nng_send_aio(). Never blocks: where the queue is full and its policy is to block, the
/// aio waits for room. Owns: on success the message belongs to the library; on failure it is in the aio as before and
/// belongs to the caller.
NMQTT_DECL void nmqtt_publish_async(nmqtt_client client, nmqtt_outcome* outcome, nng_aio* aio);

// ---- subscribe -------------------------------------------------------------------------------------------------------

/// Gets a message of a subscription, on the callback thread. Owns: the message, as if nng_recvmsg() had given it.
typedef void (*nmqtt_msg_cb)(nmqtt_client client, nng_msg* msg, void* arg);

/// A topic filter and what is wanted of it. All zero but for `filter` is QoS 0 into the queue of nmqtt_recvmsg().
typedef struct nmqtt_topic {
  const char* filter;  ///< "$share/group/filter" is a shared subscription
  uint8_t qos;         ///< the highest that messages are sent with
  bool no_local;
  bool retain_as_published;
  uint8_t retain_handling;  ///< 0: send retained messages; 1: only if the subscription is new; 2: don't
  nmqtt_msg_cb cb;          ///< who gets the messages; NULL: nmqtt_recvmsg() does
  void* arg;
  uint8_t reason;  ///< out: what the server granted (0 to 2), or why not (0x80 and above)
} nmqtt_topic;

/// Subscribes to `count` filters in one packet and waits for the answer. Blocks. They stay, over reconnections, until they
/// are ended or refused. Owns: everything is copied; `reason` of each topic is filled in when the server has answered.
/// Errors: a refusal of the only filter, or of all of them; 0x8F: malformed.
NMQTT_DECL int nmqtt_subscribe(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome);
/// The same without blocking. `topics` live until the aio's end.
NMQTT_DECL void nmqtt_subscribe_async(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome,
                                      nng_aio* aio);

/// Ends subscriptions; of the topics only the filters count. When it is done their callbacks are not called any more, and
/// none is under way but one that blocks here itself. Blocks.
NMQTT_DECL int nmqtt_unsubscribe(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome);
NMQTT_DECL void nmqtt_unsubscribe_async(nmqtt_client client, nmqtt_topic* topics, size_t count, nmqtt_outcome* outcome,
                                        nng_aio* aio);

// ---- receive ---------------------------------------------------------------------------------------------------------

/// Takes the next message that no callback is for, like nng_recvmsg(). Blocks, unless the flags have NNG_FLAG_NONBLOCK.
/// After the client was stopped, what is left comes before NNG_ECLOSED. Owns: the message is the caller's.
/// Errors: NNG_EAGAIN (NNG_FLAG_NONBLOCK, and there is none).
NMQTT_DECL int nmqtt_recvmsg(nmqtt_client client, nng_msg** msg, int flags);
/// The same without blocking; the message is the aio's (nng_aio_get_msg). Cancelling never loses one. Any number of aios
/// may wait.
NMQTT_DECL void nmqtt_recv_async(nmqtt_client client, nng_aio* aio);

/// With nmqtt_client_set_manual_ack(): tells the server that the message, or a duplicate of it, has been dealt with; a
/// reason of 0x80 or above refuses it (MQTT 5). Owns: nothing; the message may be freed before or after.
/// What the server has forgotten meanwhile is acknowledged in vain.
/// Errors: NNG_EINVAL (a reason that PUBACK does not have), NNG_ENOENT (not of this client, or acknowledged before), NNG_ESTATE (the client acknowledges by itself).
NMQTT_DECL int nmqtt_ack(nmqtt_client client, nng_msg* msg, uint8_t reason);

// ---- request and response (MQTT 5) -----------------------------------------------------------------------------------

/// Publishes `request` and waits for its response. Any number may be under way. Response topic and correlation data are
/// set by the library. Blocks. Owns: like nmqtt_publishmsg(); the response is the caller's.
/// Errors: NNG_ENOTSUP with 3.1.1; 0x10 (as NNG_ECONNREFUSED): nobody listens.
NMQTT_DECL int nmqtt_request(nmqtt_client client, nng_msg* request, nng_msg** response, nmqtt_outcome* outcome);
/// The same without blocking: the request is the aio's message, and on success the response is.
NMQTT_DECL void nmqtt_request_async(nmqtt_client client, nmqtt_outcome* outcome, nng_aio* aio);

/// Publishes `response` where `request` wants it, with its correlation data; QoS and other properties are the response's
/// own. Blocks. Owns: of the response like nmqtt_publishmsg(); the request stays the caller's.
/// Errors: like nmqtt_publishmsg(); NNG_ENOENT: the request wants no response.
NMQTT_DECL int nmqtt_reply(nmqtt_client client, nng_msg* request, nng_msg* response, nmqtt_outcome* outcome);
/// The same without blocking, for callbacks: the response is the aio's message. The request may be freed at once.
NMQTT_DECL void nmqtt_reply_async(nmqtt_client client, nng_msg* request, nmqtt_outcome* outcome, nng_aio* aio);

// ---- connection ------------------------------------------------------------------------------------------------------

/// What happened to the connection. Lives as long as the call of the callback.
typedef struct nmqtt_event {
  int error;              ///< why, as an nng error code; 0 with a connection made and after nmqtt_client_stop()
  uint8_t reason;         ///< why, as an MQTT 5 reason code; 0 when the error is not MQTT's
  const char* text;       ///< the server's Reason String or what else is known; never NULL
  const char* server;     ///< the URL, without user and password; never NULL
  bool session_present;   ///< connect: the server has kept our session
  bool was_connected;     ///< disconnect: a connection was lost, not only an attempt
  bool final;             ///< disconnect: there will be no further attempt
  uint32_t attempt;       ///< disconnect: attempts since the last connection
  nng_duration retry_in;  ///< disconnect: until the next attempt
} nmqtt_event;

typedef void (*nmqtt_event_cb)(nmqtt_client client, const nmqtt_event* event, void* arg);

/// Called with every connection that a server accepts. Subscriptions need not be made anew there. Before
/// nmqtt_client_start(); NULL ends it. Errors: NNG_EBUSY.
NMQTT_DECL int nmqtt_set_connect_cb(nmqtt_client client, nmqtt_event_cb cb, void* arg);
/// Called with every connection that is lost, with every attempt that fails, and with the end. Like nmqtt_set_connect_cb().
NMQTT_DECL int nmqtt_set_disconnect_cb(nmqtt_client client, nmqtt_event_cb cb, void* arg);

/// Authenticates once more on the present connection, with the method of nmqtt_client_set_auth() or
/// nmqtt_client_set_scram(): for what ends otherwise, or has changed. Done when the server has said that it is content;
/// everything else goes on meanwhile. One that is not content ends the connection. Blocks. Spec: MQTT 5.0 §4.12.1.
/// Errors: a refusal; NNG_ENOTSUP (no method, or before MQTT 5), NNG_ESTATE (no connection now), NNG_EPROTO with 0x82: one
/// is under way; what the callback, or the end of the connection, has for a reason.
NMQTT_DECL int nmqtt_reauthenticate(nmqtt_client client, nmqtt_outcome* outcome);
/// The same without blocking. Cancelling ends the wait for it only.
NMQTT_DECL void nmqtt_reauthenticate_async(nmqtt_client client, nmqtt_outcome* outcome, nng_aio* aio);

enum nmqtt_state {
  NMQTT_STATE_NEW,         ///< not started
  NMQTT_STATE_CONNECTING,  ///< an attempt is under way
  NMQTT_STATE_ONLINE,
  NMQTT_STATE_OFFLINE,  ///< waiting for the next attempt
  NMQTT_STATE_CLOSED    ///< for good: stopped, or given up
};

/// One of enum nmqtt_state, or -1 for no client.
NMQTT_DECL int nmqtt_client_state(nmqtt_client client);

/// The client id in use: ours, or what the server has assigned. Owns: the caller frees it with nng_strfree().
NMQTT_DECL int nmqtt_client_get_client_id(nmqtt_client client, char** id);

/// What the server can do, from its CONNACK. Spec: MQTT 5.0 §3.2.2.3.
typedef struct nmqtt_server {
  uint8_t maximum_qos;
  bool retain;
  bool wildcard_subscriptions;
  bool shared_subscriptions;
  bool subscription_ids;
  uint16_t receive_maximum;
  uint16_t topic_alias_maximum;
  uint16_t keep_alive_s;
  uint32_t maximum_packet_size;
  uint32_t session_expiry_s;
} nmqtt_server;

/// Of the connection, or of the last one there was; everything is allowed before the first.
NMQTT_DECL int nmqtt_client_get_server(nmqtt_client client, nmqtt_server* server);

/// Counters since nmqtt_client_start().
typedef struct nmqtt_statistics {
  uint64_t connections;            ///< that a server accepted
  uint64_t failed_attempts;        ///< to connect
  uint64_t messages_sent;          ///< repetitions included
  uint64_t messages_repeated;      ///< of them
  uint64_t messages_acknowledged;  ///< of QoS 1 and 2
  uint64_t messages_received;
  uint64_t duplicates_suppressed;  ///< QoS 2 messages that came again
  uint64_t messages_dropped;       ///< to make room
  uint64_t messages_refused;       ///< for want of room
  uint64_t reading_paused;         ///< how often the incoming bounds were reached
  uint64_t bytes_sent;
  uint64_t bytes_received;
  uint64_t outgoing_messages;  ///< waiting now
  uint64_t outgoing_bytes;
  uint64_t incoming_messages;
  uint64_t incoming_bytes;
} nmqtt_statistics;

NMQTT_DECL int nmqtt_client_get_statistics(nmqtt_client client, nmqtt_statistics* statistics);

#ifdef __cplusplus
}
#endif

#include "nanonng/mqtt_options.h"
#include "nanonng/mqtt_tls.h"

#endif
