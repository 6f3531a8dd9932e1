// Listeners that are looked at often, and peers that go too early.
#pragma once

#include <nng/nng.h>
#include <unistd.h>

#include <nng/protocol/pipeline0/push.h>

#include <string>
#include <string_view>

#include "sp_fixture.hpp"

namespace nanonng::net {

inline sp_socket_options watched() { return {.listener_check = nanolib::duration(50)}; }

/// A connection to where an SP socket listens. At its end it goes at once, over TCP with a reset, and over TLS in the middle
/// of a handshake.
class early_peer {
 public:
  /// Connects, if somebody listens: nobody does for a moment while a listener is made anew.
  explicit early_peer(const std::string& url);
  early_peer(const early_peer&) = delete;
  early_peer& operator=(const early_peer&) = delete;
  ~early_peer();

  /// Waits until SP has greeted. False: it has not.
  [[nodiscard]] bool is_greeted() const;

 private:
  int descriptor_;
  bool is_local_;
};

inline void touch(const std::string& url) { const early_peer gone(url); }

/// One of nng's figures of what listens there.
[[nodiscard]] std::uint64_t figure_of(const std::string& url, std::string_view name);

class sp_listeners : public sp_fixture {
 protected:
  std::unique_ptr<sp_socket> open_watched(const sp_socket_options& options = watched(),
                                          sp_peer_observer* observer = nullptr) {
    auto made = sp_socket::open(*loop_, sp_protocol::pull0, options, observer);
    EXPECT_TRUE(made.has_value());
    return *std::move(made);
  }
  /// Stops a listener by going too early, and finds one there again.
  void is_made_anew(const std::string& at, const sp_socket_options& options = watched());
  /// Turns until so many looks have been taken at what listens.
  [[nodiscard]] bool let_look(int times);
};

}  // namespace nanonng::net
