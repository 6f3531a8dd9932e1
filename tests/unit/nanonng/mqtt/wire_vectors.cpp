// Bytes one field a line, with what they are: clang-format would fill the lines.
// clang-format off
#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;

const std::vector<wire_vector> connecting = {
    {"CONNECT 3.1", v3_1, {
      0x10,                                // CONNECT
      0x0F,                                // remaining length
      0x00, 0x06,                          // length of the protocol name
      'M', 'Q', 'I', 's', 'd', 'p',
      0x03,                                // level
      0x02,                                // clean session
      0x00, 0x0A,                          // keep alive 10 s
      0x00, 0x01, 'a',                     // client identifier
    }},
    {"CONNECT 3.1.1 with everything", v3_1_1, {
      0x10,                                // CONNECT
      0x1B,                                // remaining length
      0x00, 0x04, 'M', 'Q', 'T', 'T',      // protocol name
      0x04,                                // level
      0xF6,                                // user name, password, will retain, will QoS 2, will, clean session
      0xFF, 0xFF,                          // keep alive 65 535 s
      0x00, 0x01, 'c',                     // client identifier
      0x00, 0x03, 'w', '/', 't',           // will topic
      0x00, 0x00,                          // will message, empty
      0x00, 0x01, 'u',                     // user name
      0x00, 0x02, 0x00, 0xFF,              // password: any bytes
    }},
    {"CONNECT 5.0, nothing but the least", v5, {
      0x10,                                // CONNECT
      0x0D,                                // remaining length
      0x00, 0x04, 'M', 'Q', 'T', 'T',      // protocol name
      0x05,                                // version
      0x00,                                // flags
      0x00, 0x00,                          // no keep alive
      0x00,                                // no properties
      0x00, 0x00,                          // client identifier to be assigned
    }},
    {"CONNECT 5.0 with properties and a will", v5, {
      0x10,                                // CONNECT
      0x31,                                // remaining length
      0x00, 0x04, 'M', 'Q', 'T', 'T',      // protocol name
      0x05,                                // version
      0x4C,                                // password without user name, will QoS 1
      0x00, 0x3C,                          // keep alive 60 s
      0x0F,                                // property length
      0x11, 0x00, 0x00, 0x00, 0x0A,        // session expiry interval
      0x21, 0x00, 0x14,                    // receive maximum
      0x26, 0x00, 0x01, 'k', 0x00, 0x01, 'v',  // user property
      0x00, 0x01, 'c',                     // client identifier
      0x07,                                // will property length
      0x18, 0x00, 0x00, 0x00, 0x05,        // will delay interval
      0x01, 0x01,                          // payload format indicator: text
      0x00, 0x03, 'w', '/', 't',           // will topic
      0x00, 0x02, 'h', 'i',                // will payload
      0x00, 0x01, 'p',                     // password
    }},
    {"CONNACK 3.1", v3_1, {
      0x20, 0x02,                          // CONNACK
      0x00,                                // reserved
      0x05,                                // not authorized
    }},
    {"CONNACK 3.1.1", v3_1_1, {
      0x20, 0x02,                          // CONNACK
      0x01,                                // session present
      0x00,                                // accepted
    }},
    {"CONNACK 5.0", v5, {
      0x20, 0x0B,                          // CONNACK
      0x00,                                // no session
      0x00,                                // success
      0x08,                                // property length
      0x22, 0x00, 0x0A,                    // topic alias maximum
      0x24, 0x01,                          // maximum QoS
      0x13, 0x00, 0x1E,                    // server keep alive
    }},
};

const std::vector<wire_vector> publishing = {
    {"PUBLISH QoS 0", v3_1_1, {
      0x31,                                // PUBLISH, retain
      0x07,                                // remaining length
      0x00, 0x03, 'a', '/', 'b',           // topic
      'h', 'i',                            // payload
    }},
    {"PUBLISH QoS 1, sent again", v3_1, {
      0x3A,                                // PUBLISH, DUP, QoS 1
      0x05,                                // remaining length
      0x00, 0x01, 't',                     // topic
      0x12, 0x34,                          // packet identifier, and no payload
    }},
    {"PUBLISH QoS 2 with properties", v5, {
      0x34,                                // PUBLISH, QoS 2
      0x1D,                                // remaining length
      0x00, 0x01, 't',                     // topic
      0xFF, 0xFF,                          // packet identifier
      0x15,                                // property length
      0x02, 0x00, 0x00, 0x00, 0x3C,        // message expiry interval
      0x08, 0x00, 0x01, 'r',               // response topic
      0x09, 0x00, 0x02, 0x00, 0x01,        // correlation data
      0x26, 0x00, 0x01, 'k', 0x00, 0x01, 'v',  // user property
      0x00, 0xFE,                          // payload
    }},
    {"PUBLISH by alias", v5, {
      0x30,                                // PUBLISH
      0x0A,                                // remaining length
      0x00, 0x00,                          // no topic
      0x07,                                // property length
      0x23, 0x00, 0x01,                    // topic alias
      0x0B, 0x01,                          // subscription identifier
      0x0B, 0x02,                          // and another
    }},
    {"PUBACK", v3_1_1, {
      0x40, 0x02,                          // PUBACK
      0x00, 0x01,                          // packet identifier
    }},
    {"PUBACK with a reason", v5, {
      0x40, 0x03,                          // PUBACK
      0x00, 0x01,                          // packet identifier
      0x10,                                // no matching subscribers
    }},
    {"PUBREC with a reason string", v5, {
      0x50, 0x08,                          // PUBREC
      0x00, 0x02,                          // packet identifier
      0x97,                                // quota exceeded
      0x04,                                // property length
      0x1F, 0x00, 0x01, 'q',               // reason string
    }},
    {"PUBREL", v3_1, {
      0x62, 0x02,                          // PUBREL and its fixed flags
      0x01, 0x00,                          // packet identifier
    }},
    {"PUBREL with a reason", v5, {
      0x62, 0x03,                          // PUBREL
      0x01, 0x00,                          // packet identifier
      0x92,                                // packet identifier not found
    }},
    {"PUBCOMP", v5, {
      0x70, 0x02,                          // PUBCOMP
      0x01, 0x00,                          // packet identifier
    }},
};

const std::vector<wire_vector> subscribing = {
    {"SUBSCRIBE 3.1.1", v3_1_1, {
      0x82,                                // SUBSCRIBE and its fixed flags
      0x0A,                                // remaining length
      0x00, 0x0A,                          // packet identifier
      0x00, 0x01, 'a', 0x01,               // filter, QoS 1
      0x00, 0x01, '#', 0x02,               // filter, QoS 2
    }},
    {"SUBSCRIBE 5.0", v5, {
      0x82,                                // SUBSCRIBE
      0x0B,                                // remaining length
      0x00, 0x0A,                          // packet identifier
      0x03,                                // property length
      0x0B, 0x80, 0x01,                    // subscription identifier 128
      0x00, 0x02, 'a', '+', 0x2E,          // filter; retain handling 2, retain as published, no local, QoS 2
    }},
    {"SUBACK 3.1.1", v3_1_1, {
      0x90, 0x04,                          // SUBACK
      0x00, 0x0A,                          // packet identifier
      0x01, 0x80,                          // QoS 1, failure
    }},
    {"SUBACK 5.0", v5, {
      0x90, 0x05,                          // SUBACK
      0x00, 0x0A,                          // packet identifier
      0x00,                                // no properties
      0x02, 0x9E,                          // QoS 2, shared subscriptions not supported
    }},
    {"UNSUBSCRIBE 3.1", v3_1, {
      0xA2, 0x05,                          // UNSUBSCRIBE and its fixed flags
      0x00, 0x0B,                          // packet identifier
      0x00, 0x01, 'a',                     // filter
    }},
    {"UNSUBSCRIBE 5.0", v5, {
      0xA2, 0x10,                          // UNSUBSCRIBE
      0x00, 0x0B,                          // packet identifier
      0x07,                                // property length
      0x26, 0x00, 0x01, 'k', 0x00, 0x01, 'v',  // user property
      0x00, 0x01, 'a',                     // filter
      0x00, 0x01, 'b',                     // filter
    }},
    {"UNSUBACK 3.1.1", v3_1_1, {
      0xB0, 0x02,                          // UNSUBACK
      0x00, 0x0B,                          // packet identifier
    }},
    {"UNSUBACK 5.0", v5, {
      0xB0, 0x05,                          // UNSUBACK
      0x00, 0x0B,                          // packet identifier
      0x00,                                // no properties
      0x00, 0x11,                          // success, no subscription existed
    }},
};

const std::vector<wire_vector> the_rest = {
    {"PINGREQ", v3_1_1, {
      0xC0, 0x00,                          // PINGREQ
    }},
    {"PINGRESP", v5, {
      0xD0, 0x00,                          // PINGRESP
    }},
    {"DISCONNECT 3.1.1", v3_1_1, {
      0xE0, 0x00,                          // DISCONNECT
    }},
    {"DISCONNECT 5.0, normal", v5, {
      0xE0, 0x00,                          // DISCONNECT
    }},
    {"DISCONNECT 5.0 with the will", v5, {
      0xE0, 0x01,                          // DISCONNECT
      0x04,                                // disconnect with will message
    }},
    {"DISCONNECT 5.0 with a session expiry", v5, {
      0xE0, 0x07,                          // DISCONNECT
      0x00,                                // normal disconnection
      0x05,                                // property length
      0x11, 0xFF, 0xFF, 0xFF, 0xFF,        // session expiry interval: never
    }},
    {"AUTH", v5, {
      0xF0, 0x0A,                          // AUTH
      0x18,                                // continue authentication
      0x08,                                // property length
      0x15, 0x00, 0x01, 'm',               // authentication method
      0x16, 0x00, 0x01, 0xFF,              // authentication data
    }},
};

}  // namespace

const std::vector<wire_vector>& wire_vectors() {
  static const std::vector<wire_vector> all = [] {
    std::vector<wire_vector> vectors;
    for (const auto* group : {&connecting, &publishing, &subscribing, &the_rest}) {
      vectors.insert(vectors.end(), group->begin(), group->end());
    }
    return vectors;
  }();
  return all;
}

}  // namespace nanonng::mqtt::testing
