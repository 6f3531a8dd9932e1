// TLS over another stream.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nanonng/net/certificate.hpp"
#include "nanonng/net/handshake_pace.hpp"
#include "nanonng/net/handshake_pool.hpp"
#include "nanonng/net/stream.hpp"
#include "nanonng/net/tls_context.hpp"
#include "nanonng/net/tls_identity.hpp"

namespace nanonng::net {

/// A session that a client can take up again with the same server: filled by one connection, used by the next, as long
/// as context and server name are the same. Thread: externally synchronised; one stream at a time.
class tls_session {
 public:
  tls_session() noexcept;
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;
  ~tls_session();
  struct kept;
  /// For the library's own files; null while there is none.
  std::unique_ptr<kept> value;
};

/// What was seen during a handshake that verifies, for people: also of a peer that was refused in the end.
struct tls_handshake_report {
  struct link {
    certificate_facts certificate;
    std::string problems;  ///< why it was refused; "" when nothing is wrong with it
  };
  std::vector<link> chain;               ///< the peer's own first
  std::optional<tls_identity> identity;  ///< once the handshake is over
};

/// Who may shake hands with a server. Thread: loop-confined, as the stream that asks.
class handshake_gate {
 public:
  handshake_gate() = default;
  handshake_gate(const handshake_gate&) = delete;
  handshake_gate& operator=(const handshake_gate&) = delete;
  virtual ~handshake_gate() = default;
  /// Asked once for each connection, when its first message is there and before anything is computed. `peer` is the
  /// stream's peer().
  [[nodiscard]] virtual bool admits(const std::string& peer) noexcept = 0;
};

struct tls_stream_options {
  /// Clients: the name or address that the certificate must carry; names are also asked for (SNI). Empty: only without
  /// verification, or with a pre-shared key.
  std::string server_name;
  /// Clients: where to keep the session; lives as long as the stream. Null: none.
  std::shared_ptr<tls_session> session;
  /// Servers: null: handshakes are not held back. Left alone once the handshake is over.
  handshake_pace* pace = nullptr;
  /// Where to write down what was seen; null: nowhere.
  std::shared_ptr<tls_handshake_report> report{};
  /// Servers: who computes handshakes, and the loop that the stream stays on until its handshake is over; both outlive it.
  /// Null: whoever reads.
  handshake_pool* pool = nullptr;
  event_loop* home = nullptr;
  /// Servers: null: everybody may.
  std::shared_ptr<handshake_gate> gate{};
};

/// Shakes hands within the first reads and writes. Which side it is, the context says. After the handshake identity()
/// answers; when something fails, failure() says what, with the alert's name.
/// The deadline of a handshake is the owner's. The end of input without close_notify is `closed`, after the handshake.
/// Shape: about 3 KiB while idle, 33 KiB more while it works. Null when memory is short.
/// Errors of reads and writes: EPROTO, EACCES (who the peer is, or who we are, was refused), ECONNRESET (the peer left within
/// the handshake), EBUSY (too many shake hands, in all or from there), and those of the stream below.
[[nodiscard]] std::unique_ptr<stream> make_tls_stream(std::shared_ptr<const tls_context> context,
                                                      std::unique_ptr<stream> over,
                                                      const tls_stream_options& options = {}) noexcept;

}  // namespace nanonng::net
