#include "service_manager.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>

#include "housekeeping.hpp"
#include "log_sockets.hpp"

namespace nanomq::program {
namespace {

using namespace std::chrono_literals;

TEST(service_manager, tells_a_manager_at_a_path_how_far_the_broker_is) {
  const scratch_directory here;
  const bound_socket manager(here / "notify", SOCK_DGRAM);
  const service_manager broker(here / "notify", 0ms);
  broker.ready("Listening on mqtt-tcp://127.0.0.1:1883");
  EXPECT_EQ(manager.receive(), "READY=1\nSTATUS=Listening on mqtt-tcp://127.0.0.1:1883");
  broker.reloading();
  EXPECT_TRUE(std::regex_match(manager.receive(), std::regex("RELOADING=1\nMONOTONIC_USEC=[0-9]+")));
  broker.alive();
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  broker.stopping();
  EXPECT_EQ(manager.receive(), "STOPPING=1");
}

TEST(service_manager, knows_abstract_sockets) {
  const auto name = "@nanomq-test-" + std::to_string(::getpid());
  const bound_socket manager(name, SOCK_DGRAM);
  service_manager(name, 0ms).alive();
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
}

TEST(service_manager, says_nothing_where_nobody_is) {
  service_manager().ready("x");
  service_manager("/nonexistent/socket", 0ms).ready("x");
  service_manager(std::string(300, 'x'), 0ms).ready("x");
}

// One second for each of these would be half an hour.
TEST(service_manager, does_not_wait_for_a_manager_that_does_not_read_to_stop_or_to_be_alive) {
  const scratch_directory here;
  const bound_socket manager(here / "notify", SOCK_DGRAM);
  const service_manager broker(here / "notify", 0ms);
  for (int i = 0; i < 1'000; ++i) {
    broker.alive();
    broker.stopping();
  }
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  EXPECT_EQ(manager.receive(), "STOPPING=1");
}

TEST(service_manager, reads_the_environment_and_takes_it_away) {
  ::setenv("NOTIFY_SOCKET", "/run/x", 1);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(service_manager::from_environment().alive_interval(), 15s);
  for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
    EXPECT_EQ(std::getenv(name), nullptr) << name;
  }
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(service_manager::from_environment().alive_interval(), 0s) << "it is for another process";
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(service_manager::from_environment().alive_interval(), 0s);
}

// F19: a loop that is stuck.
TEST(housekeeping, says_that_all_is_well_only_while_every_loop_turns) {
  const scratch_directory here;
  const bound_socket manager(here / "notify", SOCK_DGRAM);
  const service_manager broker(here / "notify", 30s);
  bool turns = true;
  int tidied = 0;
  housekeeping house(broker, [&turns] { return turns; }, [&tidied] { ++tidied; });
  EXPECT_LE(house.interval(), 15s);
  house.beat();
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  turns = false;
  house.beat();
  EXPECT_EQ(manager.receive(), "");
  turns = true;
  house.beat();
  EXPECT_EQ(manager.receive(), "WATCHDOG=1");
  EXPECT_EQ(tidied, 3);
}

TEST(housekeeping, does_without_a_watchdog) {
  const service_manager nobody;
  int asked = 0;
  housekeeping house(nobody, [&asked] { return ++asked > 0; }, [] {});
  house.beat();
  EXPECT_EQ(asked, 1);
  EXPECT_GT(house.interval(), 0s);
}

}  // namespace
}  // namespace nanomq::program
