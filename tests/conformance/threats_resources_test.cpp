// Exhaustion of memory, descriptors and time, in doses that a test machine bears: what grows is bounded by configuration,
// measured with the broker's own counters or its resident memory. The number at a test's end is the row of the threat list.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t bookkeeping = 768U << 20U;  // a sanitizer keeps freed memory and shadows
#else
constexpr std::size_t bookkeeping = 0;
#endif
constexpr std::size_t mebibyte = 1U << 20U;

class threats_resources : public broker_test {
 protected:
  static void SetUpTestSuite() {
    start_broker({"mqtt.connect_timeout=3s", "mqtt.max_keepalive=60s", "mqtt.max_queue_messages=100",
                  "store.max_queue_messages=100", "mqtt.max_queue_bytes=1MB", "mqtt.max_retained_messages=200",
                  "mqtt.max_retained_bytes=1MB", "mqtt.max_session_expiry=3600s", "mqtt.receive_maximum=10",
                  "mqtt.max_subscriptions=1000", "mqtt.max_filters_per_subscribe=256", "limits.max_sessions=150",
                  "limits.max_connections=400", "limits.max_connections_per_address=1000",
                  "limits.max_connect_size=4KB", "sys.interval=1s"});
  }
  void TearDown() override {
    raw_client other = join();
    other.publish({.topic = fresh_topic(), .payload = "alive", .qos = 1});
  }
  static void expect_growth_below(std::size_t before, std::size_t bound) {
    const std::size_t now = broker().resident_memory();
    EXPECT_LT(now, before + bound + bookkeeping) << "from " << before;
  }
  static properties expiry(std::uint32_t seconds) {
    return properties().u32(property::session_expiry_interval, seconds);
  }
};

TEST_F(threats_resources, announced_lengths_reserve_nothing_threat_48) {
  const std::size_t before = broker().resident_memory();
  std::vector<raw_client> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(dial());
    silent.back().send({0x10, 0xFF, 0xFF, 0xFF, 0x7F, 0x00, 0x04});
  }
  std::vector<raw_client> halting;
  for (int i = 0; i < 100; ++i) {
    halting.push_back(dial());
    halting.back().send({0x10, 0xF0, 0x1F, 0x00, 0x04, 'M', 'Q'});
  }
  expect_growth_below(before, 300 * 4096 + 2 * mebibyte);
  for (auto& each : silent) each.drain_until_close();
}

TEST_F(threats_resources, half_sent_connects_are_ended_at_the_deadline_threat_49) {
  std::vector<raw_client> halting;
  for (int i = 0; i < 50; ++i) {
    halting.push_back(dial());
    halting.back().send(
        connect_packet{.client_id = fresh_client_id()}.encode(version::v5).first(static_cast<std::size_t>(i) % 12));
  }
  for (auto& each : halting) each.expect_close();
}

TEST_F(threats_resources, keep_alive_of_hours_is_capped_threat_49) {
  for (unsigned keep_alive : {0U, 65'535U}) {
    raw_client client = dial();
    EXPECT_EQ(client.connect({.client_id = fresh_client_id(), .keep_alive = keep_alive})
                  .props.number(property::server_keep_alive),
              60U);
  }
}

TEST_F(threats_resources, flood_from_one_client_leaves_the_others_served_threat_50) {
  const std::string topic = fresh_topic();
  raw_client bystander = join();
  bystander.subscribe(topic);
  raw_client flooder = join();
  octets burst;
  for (int i = 0; i < 2000; ++i) burst.raw(publish_packet{.topic = "flood", .payload = "x"}.encode(version::v5));
  raw_client other = join();
  for (int round = 0; round < 20; ++round) {
    flooder.send(burst);
    expect_nothing_but(other, bystander, topic);
  }
  flooder.expect_silence();
}

TEST_F(threats_resources, memory_for_a_packet_follows_the_bytes_received_threat_51) {
  const std::size_t before = broker().resident_memory();
  properties props;
  for (int i = 0; i < 990; ++i) props.user("k", "v");
  for (int i = 0; i < 300; ++i) {
    raw_client client = join();
    client.publish({.topic = "p51", .payload = "x", .qos = 1, .props = props});
  }
  expect_growth_below(before, 16 * mebibyte);
}

TEST_F(threats_resources, tens_of_thousands_of_user_properties_are_refused_at_once_threat_52) {
  properties props;
  for (int i = 0; i < 50'000; ++i) props.user("k", "");
  raw_client client = join();
  client.send(publish_packet{.topic = "p52", .payload = "x", .props = props});
  client.expect_disconnect_with_any({0x81, 0x82, 0x83, 0x95, 0x97});
}

TEST_F(threats_resources, topics_of_nothing_but_slashes_overflow_no_stack_threat_53) {
  for (std::size_t depth : {1U, 100U, 199U, 201U, 1000U, 65'400U}) {
    const std::string slashes(depth, '/');
    raw_client publisher = join();
    publisher.send(publish_packet{.topic = slashes, .payload = "x", .qos = 1, .id = 1, .retain = true});
    publisher.next_or_close();
    raw_client subscriber = join();
    subscriber.send(subscribe_packet{.id = 1, .filters = {{slashes + "#", 0}}});
    subscriber.next_or_close();
    raw_client leaver = join();
    leaver.send(unsubscribe_packet{.id = 1, .filters = {slashes}});
    leaver.next_or_close();
    raw_client late = dial();
    late.send(connect_packet{.client_id = fresh_client_id(), .will = will_message{.topic = slashes, .payload = "x"}});
    late.next_or_close();
  }
  raw_client cleaner = join();
  for (std::size_t depth : {1U, 100U, 199U})
    cleaner.publish({.topic = std::string(depth, '/'), .payload = "", .qos = 1, .retain = true});
}

TEST_F(threats_resources, branching_wildcards_are_matched_within_the_deadline_threat_54) {
  raw_client client = join();
  std::string topic = "b";
  for (int i = 0; i < 60; ++i) topic += "/a";
  for (unsigned pattern = 0; pattern < 512; ++pattern) {
    std::string filter = "b";
    for (unsigned bit = 0; bit < 60; ++bit) filter += ((pattern >> (bit % 9)) & 1U) != 0 ? "/+" : "/a";
    client.subscribe(filter);
  }
  for (int i = 0; i < 20; ++i) {
    client.publish({.topic = topic, .payload = std::to_string(i)});
    client.expect_publish(topic, std::to_string(i));
  }
}

TEST_F(threats_resources, filters_in_one_subscribe_are_limited_threat_54) {
  raw_client client = join();
  subscribe_packet many{.id = 1};
  for (int i = 0; i < 5000; ++i) many.filters.push_back({"m/" + std::to_string(i), 0});
  client.send(many);
  const auto answer = client.next_or_close();
  EXPECT_TRUE(!answer || answer->kind == DISCONNECT || answer->codes.back() == 0x97);
}

TEST_F(threats_resources, subscriber_that_never_reads_has_a_bounded_queue_threat_55) {
  const std::string topic = fresh_topic();
  raw_client lazy = dial();
  lazy.shrink_receive_buffer(4096);
  lazy.connect({.client_id = fresh_client_id()});
  lazy.subscribe(topic, 1);
  raw_client publisher = join();
  const std::string payload(20'000, 'x');
  const std::size_t before = broker().resident_memory();
  for (int i = 0; i < 2000; ++i)
    publisher.publish({.topic = topic, .payload = payload, .qos = static_cast<unsigned>(i % 2)});
  publisher.expect_silence();
  expect_growth_below(before, 16 * mebibyte);  // 40 MB were published
}

// Answers are not dropped like messages: who takes none is not asked for more.
TEST_F(threats_resources, client_that_takes_no_answers_is_read_no_further_threat_55) {
  raw_client lazy = dial();
  lazy.shrink_receive_buffer(4096);
  lazy.connect({.client_id = fresh_client_id()});
  octets releases;
  for (int i = 0; i < 16'384; ++i) releases.raw({0x62, 0x02, 0x12, 0x34});
  const std::size_t before = broker().resident_memory();
  lazy.set_deadline(std::chrono::milliseconds(500));
  EXPECT_THROW(
      {
        for (int i = 0; i < 1024; ++i) lazy.send(releases);  // 64 MiB, and answers of 96
      },
      expectation_failed);
  expect_growth_below(before, 24 * mebibyte);
}

TEST_F(threats_resources, offline_session_has_a_bounded_queue_and_a_counter_threat_55) {
  const std::string topic = fresh_topic();
  const connect_packet resume{.client_id = fresh_client_id(), .clean_start = false, .props = expiry(60)};
  raw_client absent = dial();
  absent.connect(resume);
  absent.subscribe(topic, 1);
  absent.disconnect();
  raw_client watcher = join();
  watcher.subscribe("$SYS/broker/publish/messages/dropped");
  const std::string first = watcher.expect(PUBLISH).payload;
  raw_client publisher = join();
  for (int i = 0; i < 300; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1});
  std::string now = first;
  while (std::stoull(now) < std::stoull(first) + 190) now = watcher.expect(PUBLISH).payload;
  raw_client back = dial();
  back.connect(resume);
  back.expect(PUBLISH);
  std::size_t count = 1;
  back.send(pingreq());
  for (auto packet = back.next(); packet.kind != PINGRESP; packet = back.next()) ++count;
  EXPECT_LE(count, 110U);
}

TEST_F(threats_resources, retained_messages_are_limited_threat_56) {
  raw_client flooder = join();
  for (int i = 0; i < 400; ++i) {
    flooder.send(
        publish_packet{.topic = "flood56/" + std::to_string(i), .payload = "r", .qos = 1, .id = 1, .retain = true});
    flooder.expect(PUBACK);
  }
  raw_client counter = join();
  counter.subscribe("flood56/#");
  counter.send(pingreq());
  std::size_t count = 0;
  // The replay may be paced, so it is counted up to a second answer in a row.
  for (int answers = 0; answers < 2;) {
    const auto packet = counter.next();
    if (packet.kind == PUBLISH) {
      ++count;
      answers = 0;
    } else if (++answers < 2) {
      counter.send(pingreq());
    }
  }
  EXPECT_LE(count, 200U);
  EXPECT_GE(count, 1U);
  for (int i = 0; i < 400; ++i)
    flooder.publish({.topic = "flood56/" + std::to_string(i), .payload = "", .qos = 1, .retain = true});
}

TEST_F(threats_resources, sessions_are_limited_and_their_expiry_is_capped_threat_57) {
  std::vector<std::string> ids;
  bool refused = false;
  for (int i = 0; i < 200; ++i) {
    raw_client client = dial();
    ids.push_back(fresh_client_id());
    client.send(connect_packet{.client_id = ids.back(), .props = expiry(0xFFFFFFFF)});
    const auto answer = client.next_or_close();
    ASSERT_TRUE(answer);
    if (answer->code != 0) {
      EXPECT_TRUE(answer->code == 0x97 || answer->code == 0x89 || answer->code == 0x88) << answer->described();
      refused = true;
      ids.pop_back();
      break;
    }
    EXPECT_EQ(answer->props.number(property::session_expiry_interval), 3600U);
    client.disconnect();
  }
  EXPECT_TRUE(refused);
  for (const std::string& id : ids) {  // room for the other tests
    raw_client client = dial();
    client.connect({.client_id = id});
    client.disconnect();
  }
}

TEST_F(threats_resources, alias_tables_cost_nothing_before_they_are_used_threat_58) {
  const std::size_t before = broker().resident_memory();
  std::vector<raw_client> clients;
  for (int i = 0; i < 100; ++i)
    clients.push_back(join(version::v5, properties().u16(property::topic_alias_maximum, 65'535)));
  expect_growth_below(before, 4 * mebibyte);
}

TEST_F(threats_resources, unreleased_qos_2_messages_are_bounded_by_the_receive_maximum_threat_59) {
  const std::size_t before = broker().resident_memory();
  raw_client client = join();
  const std::string payload(1000, 'x');
  for (int round = 0; round < 2000; ++round) {
    client.send(publish_packet{.topic = "p59", .payload = payload, .qos = 2, .id = 1, .dup = round != 0});
    client.expect(PUBREC);
  }
  for (unsigned id = 2; id <= 11; ++id)
    client.send(publish_packet{.topic = "p59", .payload = payload, .qos = 2, .id = id});
  for (unsigned id = 2; id <= 10; ++id) client.expect(PUBREC);
  client.expect_disconnect(0x93);
  expect_growth_below(before, 4 * mebibyte);
}

TEST_F(threats_resources, refused_connects_leave_nothing_behind_threat_60) {
  const auto refuse = [](int count) {
    for (int i = 0; i < count; ++i) {
      raw_client client = dial();
      client.send(connect_packet{.client_id = fresh_client_id(),
                                 .props = properties().text(property::authentication_method, "none"),
                                 .will = will_message{.topic = "w",
                                                      .payload = std::string(2000, 'w'),
                                                      .props = properties().user("k", std::string(500, 'v'))}});
      client.expect_refusal(0x8C);
    }
  };
  refuse(200);
  const std::size_t before = broker().resident_memory();
  refuse(2000);
  expect_growth_below(before, 2 * mebibyte);  // 5 MB of wills were sent
}

TEST_F(threats_resources, malformed_packets_leave_nothing_behind_threat_12) {
  const auto insult = [](int count) {
    for (int i = 0; i < count; ++i) {
      raw_client client = join();
      client.send(framed(0x30, octets().text("a").u8(0x7F).raw(std::string(1000, '&'))));
      client.drain_until_close();
    }
  };
  insult(200);
  const std::size_t before = broker().resident_memory();
  insult(2000);
  expect_growth_below(before, 2 * mebibyte);
}

TEST_F(threats_resources, queue_and_expire_cycles_leave_nothing_behind_threat_46) {
  const auto cycle = [](int count) {
    for (int i = 0; i < count; ++i) {
      const std::string topic = "cycle46";
      const connect_packet resume{.client_id = "cycle46", .clean_start = i % 2 == 0, .props = expiry(60)};
      raw_client subscriber = dial();
      subscriber.connect(resume);
      subscriber.subscribe(topic, 2);
      subscriber.drop();
      raw_client publisher = join();
      for (int j = 0; j < 10; ++j) publisher.publish({.topic = topic, .payload = std::string(1000, 'x'), .qos = 1});
    }
  };
  cycle(50);
  const std::size_t before = broker().resident_memory();
  cycle(400);
  expect_growth_below(before, 2 * mebibyte);  // 4 MB went through the queue
}

TEST_F(threats_resources, receive_maximum_of_0_and_65535_are_taken_at_their_word_threat_62) {
  raw_client none = dial();
  none.send(connect_packet{.client_id = fresh_client_id(), .props = properties().u16(property::receive_maximum, 0)});
  none.expect_rejection({0x81, 0x82});
  const std::size_t before = broker().resident_memory();
  for (int i = 0; i < 50; ++i) {
    raw_client all = join(version::v5, properties().u16(property::receive_maximum, 65'535));
    all.expect_silence();
  }
  expect_growth_below(before, 4 * mebibyte);
}

TEST_F(threats_resources, connections_are_limited_and_descriptors_stay_threat_66) {
  std::vector<raw_client> crowd;
  for (int i = 0; i < 450; ++i) crowd.push_back(dial());
  // Those above the limit, or all at the CONNECT deadline, are closed; then there is room again.
  for (auto& each : crowd) each.drain_until_close();
}

TEST_F(threats_resources, control_characters_in_names_are_survived_threat_67) {
  for (const char* user : {"a\nINFO forged=1", "a\r\n\r\n", "\x1B[2J", "\x7F\x01"}) {
    raw_client client = dial();
    client.send(connect_packet{.client_id = fresh_client_id() + user, .user_name = user});
    client.next_or_close();
    client.drop();
  }
}

}  // namespace
