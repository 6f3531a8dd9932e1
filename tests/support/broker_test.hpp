// The fixture of every black-box test: one broker per test suite, names of their own per test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "broker_process.hpp"
#include "raw_client.hpp"

namespace nanomq::support {

/// A suite with default settings. A suite that wants others hides SetUpTestSuite and calls start_broker.
class broker_test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { start_broker({}); }
  /// SIGTERM; the broker ends in time and with exit code 0.
  static void TearDownTestSuite();
  static void start_broker(const std::vector<std::string>& settings);

  [[nodiscard]] static address where();
  [[nodiscard]] static broker_process& broker();
  /// Skips tests that need their own settings or the process when somebody else's broker is tested.
  static bool own_broker() { return !external_broker(); }

  /// A socket; nothing sent yet.
  [[nodiscard]] static raw_client dial(version v = version::v5) { return {where(), v}; }
  /// A connected client with an identifier of its own.
  [[nodiscard]] static raw_client join(version v = version::v5, const properties& props = {},
                                       std::source_location line = std::source_location::current());
  /// A client identifier that no other test uses, of letters and digits, at most 23 bytes.
  [[nodiscard]] static std::string fresh_client_id();
  /// A topic that no other test uses.
  [[nodiscard]] static std::string fresh_topic();

  /// What `from` publishes reaches `to`, and nothing else came to `to` before: call with a barrier subscription on `to`.
  static void expect_nothing_but(raw_client& from, raw_client& to, const std::string& barrier,
                                 std::source_location line = std::source_location::current());

 private:
  static std::unique_ptr<broker_process> broker_;
};

/// The same tests in every version of the protocol.
class every_version : public broker_test, public ::testing::WithParamInterface<version> {
 protected:
  [[nodiscard]] static version v() { return GetParam(); }
  [[nodiscard]] static bool five() { return GetParam() == version::v5; }
};

/// Names the parameter in a test's name.
[[nodiscard]] inline std::string version_name(const ::testing::TestParamInfo<version>& info) {
  return name_of(info.param);
}

[[nodiscard]] inline auto all_versions() { return ::testing::Values(version::v3_1, version::v3_1_1, version::v5); }
[[nodiscard]] inline auto versions_since_3_1_1() { return ::testing::Values(version::v3_1_1, version::v5); }

}  // namespace nanomq::support
