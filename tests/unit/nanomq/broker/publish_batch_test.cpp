#include "broker/publish_batch.hpp"

#include <string>
#include <vector>

#include "nanolib/base/hash.hpp"
#include "shard_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

using nanolib::quality_of_service;

class publish_batch_test : public two_shards {
 protected:
  /// A session on the second shard whose client is away: what it is owed can be read in its outbox.
  session& reader(const std::string& id, std::string_view filter) {
    session* made = second().sessions().create(id, nanolib::hash_text(id));
    made->expiry_s = 100;
    static_cast<void>(shared.tree.subscribe(*nanolib::parse_topic_filter(filter, {65'535, 200}), made->number,
                                            {.qos = quality_of_service::exactly_once}));
    return *made;
  }
  static nanolib::publication made(const std::string& topic, const std::string& payload) {
    nanolib::publication what;
    what.topic = topic;
    what.topic_hash = nanolib::hash_text(topic);
    what.payload = nanolib::as_bytes(payload);
    what.qos = quality_of_service::at_least_once;
    return what;
  }
  static std::vector<std::string> payloads(session& of) {
    std::vector<std::string> found;
    if (!of.outbox) return found;
    of.outbox->connect(1'000);
    while (const nanolib::outbox::entry* one = of.outbox->next({})) {
      found.emplace_back(nanolib::as_text(one->what.what->payload()));
    }
    return found;
  }

  lane over;
};

TEST_F(publish_batch_test, delivers_small_and_large_in_order) {
  session& to = reader("r", "t");
  const std::vector<std::string> sent{"a", std::string(5'000, 'b'), "", "c", std::string(1'023, 'd'), "e"};
  publish_batch batch(first(), second(), over);
  for (const std::string& payload : sent) ASSERT_TRUE(batch.add(made("t", payload)));
  batch.run();
  EXPECT_EQ(payloads(to), sent);
}

TEST_F(publish_batch_test, copies_what_is_small_and_shares_what_is_large) {
  const std::string topic = "t";
  const std::string small_payload = "x";
  const std::string large_payload(2'000, 'x');
  const nanolib::publication small = made(topic, small_payload);
  const nanolib::publication large = made(topic, large_payload);
  publish_batch batch(first(), second(), over);
  ASSERT_TRUE(batch.add(small));
  ASSERT_TRUE(batch.add(large));
  EXPECT_FALSE(small.kept);
  EXPECT_TRUE(large.kept);
  EXPECT_GE(batch.size(), 2'000U);
}

TEST_F(publish_batch_test, delivers_to_a_member_of_a_shared_subscription) {
  session& to = reader("r", "$share/g/t");
  nanolib::match_result found;
  shared.tree.match("t", found);
  ASSERT_EQ(found.shared.size(), 1U);
  const std::string large(3'000, 'y');
  publish_batch batch(first(), second(), over);
  ASSERT_TRUE(batch.add_shared(made("t", "small"), found.shared.front(), to.number));
  ASSERT_TRUE(batch.add_shared(made("t", large), found.shared.front(), to.number));
  batch.run();
  EXPECT_EQ(payloads(to), (std::vector<std::string>{"small", large}));
}

TEST_F(publish_batch_test, one_that_never_runs_releases_what_it_holds) {
  session& to = reader("r", "$share/g/t");
  nanolib::match_result found;
  shared.tree.match("t", found);
  const std::string large(3'000, 'y');
  {
    publish_batch batch(first(), second(), over);
    ASSERT_TRUE(batch.add(made("t", large)));
    ASSERT_TRUE(batch.add_shared(made("t", large), found.shared.front(), to.number));
    ASSERT_TRUE(batch.add_shared(made("t", "small"), found.shared.front(), to.number));
  }  // a leak would be LeakSanitizer's to report
  EXPECT_TRUE(payloads(to).empty());
}

TEST_F(publish_batch_test, frees_its_lane_when_it_ends) {
  {
    publish_batch batch(first(), second(), over);
    ASSERT_TRUE(batch.add(made("t", std::string(100, 'x'))));
    over.bytes += batch.size() + 7;
    over.sender_waits = true;
    batch.run();
    EXPECT_EQ(over.bytes, batch.size() + 7);
  }
  EXPECT_EQ(over.bytes, 7U);
  EXPECT_FALSE(over.sender_waits);
}

}  // namespace
}  // namespace nanomq::broker::testing
