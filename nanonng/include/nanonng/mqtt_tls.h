// TLS and WebSockets of an MQTT client: whom it trusts, who it is, what its request says. Include nanonng/mqtt_client.h.
//
// They hold for servers with mqtts://, ws:// or wss:// (and their kin), between nmqtt_client_open() and
// nmqtt_client_start(). Everything is copied; files, in PEM or DER, are read by nmqtt_client_start(), which fails with
// NNG_EINVAL when one cannot be used, and NNG_ENOTSUP in a build without TLS: nmqtt_client_get_fault() says it in words.
// That a server's certificate is refused, or ours, is no error of the start: nmqtt_set_disconnect_cb() hears of it, with
// NNG_EPEERAUTH and words.
// Errors: NNG_EBUSY once the client has been started, NNG_ECLOSED, NNG_EINVAL (NULL where it makes no sense), NNG_ENOMEM.
#ifndef NANONNG_MQTT_TLS_H
#define NANONNG_MQTT_TLS_H

#include "nanonng/mqtt_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The certificate authorities that a server's certificate must come from: a file, a directory of which every file is read, or
/// both; NULL: none of that kind. Default: the system's.
NMQTT_DECL int nmqtt_client_set_tls_ca(nmqtt_client client, const char* file, const char* directory);
/// Certificates that are revoked; NULL: none.
NMQTT_DECL int nmqtt_client_set_tls_crl(nmqtt_client client, const char* file);
/// What this client shows to a server that asks: its certificate with the chain, its key, and the key's password (NULL:
/// none). NULL instead of both files: nothing. Errors: NNG_EINVAL (one of the files without the other).
NMQTT_DECL int nmqtt_client_set_tls_certificate(nmqtt_client client, const char* certificate_file, const char* key_file,
                                                const char* key_password);
/// The name or address that the server's certificate must carry, also asked for (SNI); NULL: the URL's host.
NMQTT_DECL int nmqtt_client_set_tls_server_name(nmqtt_client client, const char* name);
/// Whether the server's certificate is checked; default true. Without, whoever answers is believed and gets the password.
NMQTT_DECL int nmqtt_client_set_tls_verify(nmqtt_client client, bool verify);
/// A pre-shared key instead of certificates, in hexadecimal digits; NULL for both: none.
NMQTT_DECL int nmqtt_client_set_tls_psk(nmqtt_client client, const char* identity, const char* key);
/// Names of cipher suites as mbedtls, IANA or OpenSSL spell them, with colons between, in order of preference. Default, and
/// NULL: ECDHE with AEAD, and nothing else.
NMQTT_DECL int nmqtt_client_set_tls_ciphers(nmqtt_client client, const char* names);
/// Adds a protocol to ask for (ALPN), in order of preference; default: none.
NMQTT_DECL int nmqtt_client_add_tls_protocol(nmqtt_client client, const char* name);
#define NMQTT_TLS_1_0 10
#define NMQTT_TLS_1_1 11
#define NMQTT_TLS_1_2 12
/// The lowest version that is spoken; default NMQTT_TLS_1_2, which is the highest as well (mbedtls 2.28 has no TLS 1.3).
NMQTT_DECL int nmqtt_client_set_tls_version(nmqtt_client client, int minimum);

/// What a WebSocket's request asks for, instead of the URL's path; may have a query. NULL: the URL's.
NMQTT_DECL int nmqtt_client_set_ws_path(nmqtt_client client, const char* path);
/// The page that connects, "https://app.example.org", for servers that let in some only; NULL: none.
NMQTT_DECL int nmqtt_client_set_ws_origin(nmqtt_client client, const char* origin);
/// The sub-protocol; NULL: "mqtt", and with MQTT 3.1 "mqttv3.1".
NMQTT_DECL int nmqtt_client_set_ws_protocol(nmqtt_client client, const char* name);
/// Adds a header to the request.
NMQTT_DECL int nmqtt_client_add_ws_header(nmqtt_client client, const char* name, const char* value);

/// Why nmqtt_client_start() failed last, in words: which file, which option. "" when it did not. To be freed with
/// nng_strfree(). Errors: NNG_ECLOSED, NNG_EINVAL, NNG_ENOMEM.
NMQTT_DECL int nmqtt_client_get_fault(nmqtt_client client, char** text);

#ifdef __cplusplus
}
#endif

#endif
