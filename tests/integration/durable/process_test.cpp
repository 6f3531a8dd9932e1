// The program with its store on disk, ended without warning.
#include <fstream>

#include "broker_process.hpp"
#include "durable_fixture.hpp"
#include "store/temporary_directory.hpp"

namespace nanomq::broker::testing {
namespace {

class durable_process : public ::testing::Test {
 protected:
  void start() { program_ = std::make_unique<support::broker_process>(std::vector<std::string>{setting()}); }
  void kill() {
    program_->signal(SIGKILL);
    program_->wait();
    start();
  }
  void SetUp() override { start(); }
  [[nodiscard]] std::string setting() const { return "store.dir=" + (home_ / "store"); }
  [[nodiscard]] std::string database() const { return home_ / "store/nanomq.db"; }

  raw_client stay(const std::string& id, bool present) {
    raw_client client(program_->where(), version::v5);
    connect_packet packet{.client_id = id, .clean_start = false};
    packet.props.u32(property::session_expiry_interval, 3'600);
    EXPECT_EQ(client.connect(packet).session_present, present);
    return client;
  }

  nanolib::testing::temporary_directory home_;
  std::unique_ptr<support::broker_process> program_;
};

// THREATS F1.
TEST_F(durable_process, keeps_what_it_acknowledged_when_it_is_killed_f1) {
  stay("reader", false).subscribe("t/#", 2);
  for (int round = 0; round < 3; ++round) {
    raw_client writer = stay("writer", round > 0);
    for (unsigned i = 0; i < 20; ++i) {
      writer.publish({.topic = "t/" + std::to_string(round),
                      .payload = std::to_string(i),
                      .qos = 1 + i % 2,
                      .id = i + 1,
                      .retain = true});
    }
    kill();
  }
  raw_client reader = stay("reader", true);
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < 20; ++i) reader.expect_publish("t/" + std::to_string(round), std::to_string(i));
  }
  raw_client late = stay("late", false);
  late.subscribe("t/+");
  for (int round = 0; round < 3; ++round) late.expect_publish("t/" + std::to_string(round), "19");
}

// THREATS F16.
TEST_F(durable_process, refuses_a_second_process_on_its_store_f16) {
  EXPECT_THROW(support::broker_process({setting()}), support::expectation_failed);
  stay("still", false).subscribe("t", 1);
}

// THREATS F17.
TEST_F(durable_process, starts_on_a_damaged_store_and_keeps_the_damaged_one_f17) {
  stay("reader", false).subscribe("t", 1);
  EXPECT_EQ(program_->stop(), 0);
  {
    std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(200, 'x');
  }
  start();
  raw_client fresh(program_->where(), version::v5);
  fresh.connect({.client_id = "fresh"});
  EXPECT_EQ(fresh.subscribe("t", 1).codes.front(), 1U);
  bool kept = false;
  for (const auto& entry : std::filesystem::directory_iterator(home_ / "store")) {
    kept = kept || entry.path().filename().string().starts_with("nanomq.db.corrupt-");
  }
  EXPECT_TRUE(kept);
}

}  // namespace
}  // namespace nanomq::broker::testing
