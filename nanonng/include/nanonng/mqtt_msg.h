// MQTT messages as nng_msg: where topic, QoS, retain and properties are, and how to get at them.
//
// Stock nng keeps no protocol's data beside a message; it has a body and a header part of 64 bytes, too few for a topic. So
// an MQTT message is an nng_msg whose body begins with an envelope (topic and properties), with the payload behind it, and
// whose header part says so: 32 bytes that begin with a number drawn at random by this process, so that nothing which came
// from a peer can pass for one. Both travel with nng_msg_dup() and are freed with nng_msg_free().
//   - nng_msg_append() and nng_msg_chop(), and their kin, act on the payload's end, as usual, before or after the topic is
//     set. Read the payload with nmqtt_msg_payload(): nng_msg_body() is the envelope.
//   - nng_msg_insert(), nng_msg_trim(), nng_msg_clear() and nng_msg_header_…() break the envelope. Publishing such a
//     message fails with NNG_EINVAL; nothing worse happens.
//   - A plain message, one from an SP socket for instance, is an MQTT message without topic and properties: set a topic,
//     and publish it. What an SP protocol left in its header part is dropped then.
//   - To send an MQTT message on an SP socket, nmqtt_msg_detach() it: what remains is the payload.
//
// Strings that come back end with a NUL, lie in the message, and live until it is changed or freed.
// Thread: one thread at a time for a message, as for every nng_msg.
// Errors: NNG_EINVAL (NULL, not UTF-8, a wildcard in a topic, more than 65 535 bytes, a broken envelope), NNG_ENOMEM. On
// failure the message is as it was.
#ifndef NANONNG_MQTT_MSG_H
#define NANONNG_MQTT_MSG_H

#include <nng/nng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef NMQTT_DECL
#if defined(__GNUC__)
#define NMQTT_DECL __attribute__((visibility("default")))
#else
#define NMQTT_DECL extern
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Makes a message with a topic and a copy of `size` bytes as payload (`data` may be NULL if size is 0).
NMQTT_DECL int nmqtt_msg_alloc(nng_msg** msg, const char* topic, const void* data, size_t size);

NMQTT_DECL int nmqtt_msg_set_topic(nng_msg* msg, const char* topic);
/// NULL when there is none.
NMQTT_DECL const char* nmqtt_msg_topic(nng_msg* msg);

/// The payload, and its size if `size` is not NULL. Never NULL for a message; lives until the message is changed.
NMQTT_DECL void* nmqtt_msg_payload(nng_msg* msg, size_t* size);
/// Replaces the payload by a copy.
NMQTT_DECL int nmqtt_msg_set_payload(nng_msg* msg, const void* data, size_t size);

/// 0, 1 or 2. A new message has 0.
NMQTT_DECL int nmqtt_msg_set_qos(nng_msg* msg, int qos);
NMQTT_DECL int nmqtt_msg_qos(nng_msg* msg);
NMQTT_DECL int nmqtt_msg_set_retain(nng_msg* msg, bool retain);
NMQTT_DECL bool nmqtt_msg_retain(nng_msg* msg);
/// Of a message that was received: the server has sent it before. When publishing, the library sets it as needed.
NMQTT_DECL bool nmqtt_msg_is_dup(nng_msg* msg);
/// Of a message that was received with QoS 1 or 2; else 0.
NMQTT_DECL uint16_t nmqtt_msg_packet_id(nng_msg* msg);

// Properties of MQTT 5, left out silently where the connection speaks 3.1.1. NULL takes a property away; a property that is
// not there reads as NULL, false or NNG_ENOENT.

NMQTT_DECL int nmqtt_msg_set_content_type(nng_msg* msg, const char* type);
NMQTT_DECL const char* nmqtt_msg_content_type(nng_msg* msg);
NMQTT_DECL int nmqtt_msg_set_response_topic(nng_msg* msg, const char* topic);
NMQTT_DECL const char* nmqtt_msg_response_topic(nng_msg* msg);
NMQTT_DECL int nmqtt_msg_set_correlation_data(nng_msg* msg, const void* data, size_t size);
NMQTT_DECL const void* nmqtt_msg_correlation_data(nng_msg* msg, size_t* size);
/// How long the server keeps it for those who are away; of a received message what is left of it.
NMQTT_DECL int nmqtt_msg_set_expiry(nng_msg* msg, uint32_t seconds);
NMQTT_DECL int nmqtt_msg_expiry(nng_msg* msg, uint32_t* seconds);
/// Says that the payload is UTF-8 text. The library does not check it, the server may.
NMQTT_DECL int nmqtt_msg_set_utf8(nng_msg* msg, bool is_text);
NMQTT_DECL bool nmqtt_msg_utf8(nng_msg* msg);
/// Adds one; names may occur more than once and keep their order.
NMQTT_DECL int nmqtt_msg_add_user_property(nng_msg* msg, const char* name, const char* value);
/// The value of the first of that name.
NMQTT_DECL const char* nmqtt_msg_user_property(nng_msg* msg, const char* name);
/// The one at `index`, from 0. Errors: NNG_ENOENT past the last.
NMQTT_DECL int nmqtt_msg_user_property_at(nng_msg* msg, size_t index, const char** name, const char** value);
/// Of a message that was received: the subscription identifiers that it was sent for. Errors: NNG_ENOENT past the last.
NMQTT_DECL int nmqtt_msg_subscription_id_at(nng_msg* msg, size_t index, uint32_t* id);
NMQTT_DECL int nmqtt_msg_clear_properties(nng_msg* msg);

/// Makes it a plain message again: the body is the payload, the header part is empty. Shape: no copy.
NMQTT_DECL int nmqtt_msg_detach(nng_msg* msg);

#ifdef __cplusplus
}
#endif

#endif
