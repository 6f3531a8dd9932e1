// What is said about URLs before a socket sees them.
#include "nanomq/bridge/sp_urls.hpp"

#include <gtest/gtest.h>
#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

namespace nanomq::bridge {
namespace {

std::string fault_of(const std::vector<std::string>& listen, const std::vector<std::string>& dial,
                     bool has_certificate = false) {
  return check_urls({listen, dial, has_certificate}, "certfile");
}

TEST(sp_urls, have_a_scheme) {
  EXPECT_EQ(fault_of({"ipc:///x", "tcp://127.0.0.1:1"}, {"ws://host:1/x", "inproc://x"}), "");
  EXPECT_EQ(fault_of({"ipc:///x", "127.0.0.1:1"}, {}), "tcp:// is missing: 127.0.0.1:1");
  EXPECT_EQ(fault_of({}, {"localhost"}), "tcp:// is missing: localhost");
  EXPECT_EQ(fault_of({"/run/x"}, {}), "ipc:// is missing: /run/x");
  EXPECT_EQ(fault_of({""}, {}), "a URL is empty");
  EXPECT_EQ(fault_of({}, {"tcp://127.0.0.1:1", ""}), "a URL is empty");
}

TEST(sp_urls, have_a_scheme_that_nng_knows) {
  const std::string text = ":// is no transport of SP (tcp, ipc, ws, tls+tcp, wss, inproc): ";
  EXPECT_EQ(fault_of({"gopher://0.0.0.0:7"}, {}), "gopher" + text + "gopher://0.0.0.0:7");
  EXPECT_EQ(fault_of({}, {"TCP://127.0.0.1:7"}), "TCP" + text + "TCP://127.0.0.1:7");
  EXPECT_EQ(fault_of({}, {"://x"}), text + "://x");
}

// NNG_ENOTSUP is what it says to a transport that it has not.
TEST(sp_urls, have_any_scheme_that_nng_knows) {
  nng_socket socket = NNG_SOCKET_INITIALIZER;
  ASSERT_EQ(nng_pair0_open(&socket), 0);
  for (const std::string url : {"tcp://127.0.0.1:7",
                                "tcp4://127.0.0.1:7",
                                "tcp6://[::1]:7",
                                "ipc:///tmp/x",
                                "unix:///tmp/x",
                                "abstract://x",
                                "inproc://x",
                                "ws://127.0.0.1:7/x",
                                "ws4://127.0.0.1:7/x",
                                "ws6://[::1]:7/x",
                                "wss://127.0.0.1:7/x",
                                "wss4://127.0.0.1:7/x",
                                "wss6://[::1]:7/x",
                                "tls+tcp://127.0.0.1:7",
                                "tls+tcp4://127.0.0.1:7",
                                "tls+tcp6://[::1]:7",
                                "gopher://x",
                                "zt://x",
                                "http://127.0.0.1:7",
                                "udp://127.0.0.1:7"}) {
    nng_listener listener = NNG_LISTENER_INITIALIZER;
    const int code = nng_listener_create(&listener, socket, url.c_str());
    EXPECT_EQ(code != NNG_ENOTSUP, fault_of({url}, {}, true).empty()) << url << ": " << nng_strerror(code);
  }
  nng_close(socket);
}

TEST(sp_urls, with_tls_listen_with_a_certificate_only) {
  for (const std::string url : {"tls+tcp://127.0.0.1:1", "tls+tcp4://127.0.0.1:1", "wss://127.0.0.1:1/x"}) {
    EXPECT_EQ(fault_of({url}, {}), url + " needs a certificate and its key: certfile");
    EXPECT_EQ(fault_of({url}, {}, true), "");
    EXPECT_EQ(fault_of({}, {url}), "");
  }
}

}  // namespace
}  // namespace nanomq::bridge
