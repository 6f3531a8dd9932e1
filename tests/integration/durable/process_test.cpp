// The program with its store on disk, ended without warning, or short of what it needs.
#include <sys/resource.h>
#include <unistd.h>

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

// THREATS F6. The limit comes when the store is open, and one descriptor stays free, so that both sides of it are seen.
TEST_F(durable_process, keeps_serving_and_storing_without_descriptors_f6) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer looks at objects through a pipe, for which there would be no descriptors";
#endif
  raw_client reader = stay("reader", false);
  reader.subscribe("t", 1);
  raw_client writer = stay("writer", false);
  const auto entries = std::filesystem::directory_iterator("/proc/" + std::to_string(program_->pid()) + "/fd");
  const auto open = static_cast<rlim_t>(std::distance(entries, {}));
  const rlimit few{open + 1, open + 1};
  ASSERT_EQ(::prlimit(program_->pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  {
    std::vector<raw_client> storm;
    for (int i = 0; i < 60; ++i) storm.emplace_back(program_->where(), version::v5);
    for (unsigned i = 1; i <= 20; ++i) {
      writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1, .id = i});
      const auto got = reader.expect_publish("t", std::to_string(i));
      reader.send(acknowledgement{.kind = PUBACK, .id = got.id});
    }
  }
  reader.disconnect();
  // Who has gone leaves room, as soon as the broker has noticed; until then it turns newcomers away.
  const auto deadline = std::chrono::steady_clock::now() + raw_client::default_deadline;
  for (bool entered = false; !entered;) {
    try {
      stay("reader", true);
      entered = true;
    } catch (const support::expectation_failed&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
    }
  }
  writer.publish({.topic = "t", .payload = "late", .qos = 1, .id = 21});
  kill();
  stay("reader", true).expect_publish("t", "late");
}

// THREATS F12, and with `nanomq_crash_test --scale` at its full size.
TEST_F(durable_process, starts_on_a_long_queue_without_taking_it_into_memory_f12) {
  constexpr unsigned messages = 1'000;
  constexpr unsigned window = 50;
  const std::string body(10'000, 'b');
  stay("reader", false).subscribe("t", 1);
  kill();
  const std::size_t before = program_->resident_memory();
  raw_client writer = stay("writer", false);
  for (unsigned from = 0; from < messages; from += window) {
    for (unsigned i = 1; i <= window; ++i) {
      writer.send(publish_packet{.topic = "t", .payload = std::to_string(from + i) + body, .qos = 1, .id = i});
    }
    for (unsigned i = 1; i <= window; ++i) writer.expect(PUBACK, i);
  }
  kill();
  EXPECT_LT(program_->resident_memory(), before + messages * body.size() / 2);
  raw_client reader = stay("reader", true);
  for (unsigned i = 1; i <= messages; ++i) {
    const auto got = reader.expect_publish("t", std::to_string(i) + body);
    reader.send(acknowledgement{.kind = PUBACK, .id = got.id});
  }
}

// THREATS F22: the disk of the log is full, and then nobody has the other end of its output open any more.
TEST_F(durable_process, lives_on_when_its_log_cannot_be_written_f22) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  ASSERT_EQ(program_->stop(), 0);
  support::engine_options engine = support::engine_options::from_environment();
  engine.errors = "/dev/full";
  program_ = std::make_unique<support::broker_process>(std::vector<std::string>{setting(), "log.level=trace"}, engine);
  stay("reader", false).subscribe("t", 1);
  program_->close_output();
  raw_client writer = stay("writer", false);
  for (unsigned i = 1; i <= 20; ++i) writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1, .id = i});
  raw_client reader = stay("reader", true);
  for (unsigned i = 1; i <= 20; ++i) reader.expect_publish("t", std::to_string(i));
  EXPECT_EQ(program_->stop(), 0);
}

}  // namespace
}  // namespace nanomq::broker::testing
