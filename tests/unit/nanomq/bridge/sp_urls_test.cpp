// What is said about URLs before a socket sees them.
#include "nanomq/bridge/sp_urls.hpp"

#include <gtest/gtest.h>

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
