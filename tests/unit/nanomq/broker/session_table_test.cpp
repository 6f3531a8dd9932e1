#include "broker/session_table.hpp"

#include <map>
#include <random>
#include <set>
#include <string>

#include "nanolib/base/hash.hpp"
#include "shard_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class session_table_test : public two_shards {
 protected:
  session_table table{first(), 1, 50};

  session* create(const std::string& id) { return table.create(id, nanolib::hash_text(id)); }
  [[nodiscard]] session* find(const std::string& id) const { return table.find(id, nanolib::hash_text(id)); }
};

TEST_F(session_table_test, finds_by_the_whole_client_id) {
  EXPECT_EQ(find("a"), nullptr);
  session* made = create("a");
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(find("a"), made);
  EXPECT_EQ(find("ab"), nullptr);
  EXPECT_EQ(find(""), nullptr);
  EXPECT_EQ(nanolib::shard_of(made->number), 1U);
  EXPECT_EQ(table.at(nanolib::slot_of(made->number)), made);
}

TEST_F(session_table_test, nobodys_slot_is_never_given) {
  ASSERT_NE(create("a"), nullptr);
  EXPECT_EQ(table.at(0), nullptr);
  EXPECT_EQ(table.at(1'000'000), nullptr);
}

TEST_F(session_table_test, holds_as_many_as_it_may_and_reuses_their_slots) {
  for (int i = 0; i < 50; ++i) ASSERT_NE(create(std::to_string(i)), nullptr);
  EXPECT_EQ(create("one more"), nullptr);
  const nanolib::subscriber_id freed = find("17")->number;
  table.destroy(*find("17"));
  EXPECT_EQ(find("17"), nullptr);
  EXPECT_EQ(table.at(nanolib::slot_of(freed)), nullptr);
  session* next = create("one more");
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->number, freed);
  EXPECT_EQ(table.size(), 50U);
}

// THREATS 80.
TEST_F(session_table_test, ids_that_look_alike_have_sessions_of_their_own) {
  const std::vector<std::string> ids{"a",    "A",  "a ",  " a",   "a_meta", "a/meta", "a:meta",    "a.meta",
                                     "meta", "a'", "a\"", "a%00", "a\x01",  "../a",   "a/../a",    "$a",
                                     "#",    "+",  "1",   "0x1",  "01",     "-1",     "a\xcc\x81", "\xc3\xa1"};
  std::set<session*> made;
  for (const std::string& id : ids) made.insert(create(id));
  EXPECT_EQ(made.size(), ids.size());
  for (const std::string& id : ids) {
    ASSERT_NE(find(id), nullptr) << id;
    EXPECT_EQ(find(id)->client_id, id);
  }
}

TEST_F(session_table_test, ids_of_one_hash_are_told_apart) {
  session* left = table.create("left", 5);
  session* right = table.create("right", 5);
  EXPECT_EQ(table.find("left", 5), left);
  EXPECT_EQ(table.find("right", 5), right);
  table.destroy(*left);
  EXPECT_EQ(table.find("left", 5), nullptr);
  EXPECT_EQ(table.find("right", 5), right);
}

TEST_F(session_table_test, behaves_like_a_map) {
  std::mt19937 random(2);
  std::map<std::string, session*> reference;
  for (int step = 0; step < 50'000; ++step) {
    const std::string id = "client-" + std::to_string(random() % 80);
    // Few distinct hashes, so that probes meet and gaps close.
    const std::uint64_t hash = nanolib::hash_text(id) % 24;
    const auto known = reference.find(id);
    ASSERT_EQ(table.find(id, hash), known == reference.end() ? nullptr : known->second);
    if (known != reference.end()) {
      if (random() % 2 == 0) {
        table.destroy(*known->second);
        reference.erase(known);
      }
    } else {
      session* made = table.create(id, hash);
      ASSERT_EQ(made != nullptr, reference.size() < 50);
      if (made != nullptr) reference.emplace(id, made);
    }
    ASSERT_EQ(table.size(), reference.size());
  }
  std::set<session*> visited;
  table.for_each([&](session& one) { EXPECT_TRUE(visited.insert(&one).second); });
  EXPECT_EQ(visited.size(), reference.size());
}

}  // namespace
}  // namespace nanomq::broker::testing
