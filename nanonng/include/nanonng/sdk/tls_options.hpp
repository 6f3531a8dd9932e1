// How a client makes sure whom it talks to, who it is itself, and what a WebSocket's request says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nanonng::sdk {

enum class tls_version : std::uint8_t { tls1_0, tls1_1, tls1_2 };

/// For servers with mqtts:// or wss:// and their like. Files are in PEM or DER; they are read once, when the client is
/// made. Without a CA file or directory the system's certificate authorities are trusted.
struct tls_options {
  std::string ca_file{};
  std::string ca_directory{};  ///< every file in it
  std::string crl_file{};      ///< certificates that are revoked

  /// This client's certificate with its chain, for a server that asks for one; empty: none.
  std::string certificate_file{};
  std::string key_file{};
  std::string key_password{};

  /// The name or address that the server's certificate must carry, also asked for (SNI). Empty: the URL's host.
  std::string server_name{};
  /// False: whoever answers is believed, and gets the password. For tests.
  bool verify = true;

  /// ALPN, in order of preference; empty: nothing is asked for. A server that chooses may want "mqtt", and for a WebSocket
  /// "http/1.1".
  std::vector<std::string> protocols{};
  /// Names as mbedtls, IANA or OpenSSL spell them, in order of preference; empty: ECDHE with AEAD, and nothing else.
  std::vector<std::string> ciphers{};
  /// The lowest that is spoken. The highest is 1.2: mbedtls 2.28 has no TLS 1.3.
  tls_version minimum = tls_version::tls1_2;

  /// A pre-shared key instead of certificates: both or neither.
  std::string psk_identity{};
  std::string psk_key{};  ///< hexadecimal
};

/// For servers with ws:// or wss://.
struct websocket_options {
  /// Instead of the URL's; may have a query ("/mqtt?token=…").
  std::string path{};
  /// "https://app.example.org", for a server that lets in some pages only; empty: none, as programs do.
  std::string origin{};
  std::vector<std::string> headers{};  ///< more lines of the request: "Name: value"
  std::string protocol{};              ///< the sub-protocol; empty: "mqtt", and with MQTT 3.1 "mqttv3.1"
};

}  // namespace nanonng::sdk
