// mosquitto with one listener of a kind, and the files that the TLS unit tests use.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "loopback_port.hpp"
#include "mosquitto_process.hpp"
#include "raw_server.hpp"

namespace nanonng::test {

inline std::string certificate_file(const std::string& name) {
  return std::string(NANOMQ_TEST_CERTIFICATES "/") + name;
}

/// One running mosquitto. Errors: throws expectation_failed when it does not start.
class secure_server {
 public:
  enum class door : std::uint8_t { tls, mutual, websocket, secure_websocket };

  explicit secure_server(door which, const std::string& certificate = "server") : which_(which) {
    constexpr int tries = 3;  // somebody else may take the port
    for (int left = tries; !process_; --left) {
      port_ = nanomq::support::loopback_port();
      try {
        process_ = std::make_unique<nanomq::support::mosquitto_process>(lines(certificate));
      } catch (const nanomq::support::expectation_failed&) {
        if (left == 1) throw;
      }
    }
  }

  [[nodiscard]] std::string url(const std::string& host = "localhost") const {
    const char* const scheme = which_ == door::websocket ? "ws" : which_ == door::secure_websocket ? "wss" : "mqtts";
    return std::string(scheme) + "://" + host + ":" + std::to_string(port_);
  }

 private:
  /// Beside its plain listener: mosquitto 2.0.11 does not start with WebSockets alone.
  [[nodiscard]] std::vector<std::string> lines(const std::string& certificate) const {
    std::vector<std::string> all{"user root", "listener " + std::to_string(port_) + " 127.0.0.1"};
    if (which_ != door::websocket) {
      all.push_back("certfile " + certificate_file(certificate + ".crt"));
      all.push_back("keyfile " + certificate_file(certificate + ".key"));
    }
    if (which_ == door::mutual) {
      all.push_back("cafile " + certificate_file("ca.crt"));
      all.emplace_back("require_certificate true");
    }
    if (which_ == door::websocket || which_ == door::secure_websocket) all.emplace_back("protocol websockets");
    return all;
  }

  door which_;
  std::uint16_t port_ = 0;
  std::unique_ptr<nanomq::support::mosquitto_process> process_;
};

class secure : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!nanomq::support::mosquitto_process::is_installed()) GTEST_SKIP() << "mosquitto is not installed";
  }
};

}  // namespace nanonng::test
