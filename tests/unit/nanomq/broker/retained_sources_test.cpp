#include "broker/retained_sources.hpp"

#include <gtest/gtest.h>

namespace nanomq::broker {
namespace {

using stored = nanolib::retained_store::stored;

class sources : public ::testing::Test {
 protected:
  static retained_source_ptr by(std::string_view user) {
    return std::make_shared<const retained_source>(principal{"c", user, "192.0.2.1"});
  }
  stored store(std::string_view topic, std::string_view payload, const retained_source_ptr& from,
               std::uint32_t most = 0) {
    nanolib::publication what;
    what.topic = topic;
    what.payload = nanolib::as_bytes(payload);
    return all.store(kept, what, from, most);
  }
  [[nodiscard]] std::string user_of(std::string_view topic) const {
    const auto found = all.of(topic);
    return found ? found->user_name() : "-";
  }
  nanolib::retained_store kept{{.maximum_messages = 4, .maximum_bytes = 1'000'000}};
  retained_sources all;
};

TEST_F(sources, cost_nothing_while_nobody_asks) {
  EXPECT_EQ(store("a", "x", nullptr), stored::added);
  EXPECT_FALSE(all.is_used());
  EXPECT_EQ(user_of("a"), "-");
}

TEST_F(sources, are_those_of_the_last_message) {
  EXPECT_EQ(store("a", "x", by("ann")), stored::added);
  EXPECT_EQ(store("a", "y", by("bob")), stored::replaced);
  EXPECT_EQ(user_of("a"), "bob");
  EXPECT_EQ(all.count("ann"), 0U);
  EXPECT_EQ(all.count("bob"), 1U);
  EXPECT_EQ(store("a", "z", nullptr), stored::replaced) << "somebody whom nobody asks about";
  EXPECT_EQ(user_of("a"), "-");
  EXPECT_EQ(store("a", "", by("ann")), stored::removed);
  EXPECT_EQ(store("a", "", by("ann")), stored::absent);
  EXPECT_EQ(all.count("ann") + all.count("bob"), 0U);
}

TEST_F(sources, count_what_is_there_and_not_what_was_refused) {
  EXPECT_EQ(store("a", "x", by("ann"), 2), stored::added);
  EXPECT_EQ(store("b", "x", by("ann"), 2), stored::added);
  EXPECT_EQ(store("c", "x", by("ann"), 2), stored::full);
  EXPECT_EQ(store("b", "y", by("ann"), 2), stored::replaced);
  EXPECT_EQ(store("c", "x", by(""), 2), stored::added) << "who has no name has no bound";
  EXPECT_EQ(store("d", "x", by(""), 2), stored::added);
  EXPECT_EQ(store("e", "x", by("bob"), 2), stored::full) << "the store's own bound";
  EXPECT_EQ(all.count("bob"), 0U);
  EXPECT_EQ(user_of("e"), "-");
  EXPECT_EQ(kept.messages(), 4U);
}

TEST_F(sources, of_what_has_expired_are_forgotten_unless_there_is_something_new) {
  EXPECT_EQ(store("a", "x", by("ann")), stored::added);
  all.forget(kept, "a");
  EXPECT_EQ(user_of("a"), "ann") << "it is there";
  nanolib::publication gone;
  gone.topic = "a";
  EXPECT_EQ(kept.store(gone), stored::removed);
  all.forget(kept, "a");
  EXPECT_EQ(user_of("a"), "-");
  EXPECT_EQ(all.count("ann"), 0U);
  all.forget(kept, "a");
}

TEST_F(sources, say_who_it_was) {
  principal who{"c", "ann", "192.0.2.7", "ssl:plant"};
  nanonng::net::tls_identity identity;
  identity.common_name = "pump";
  who.identity = &identity;
  const retained_source made(who);
  identity.common_name = "another";
  EXPECT_EQ(made.who().client_id, "c");
  EXPECT_EQ(made.who().user_name, "ann");
  EXPECT_EQ(made.who().address, "192.0.2.7");
  EXPECT_EQ(made.who().listener, "ssl:plant");
  EXPECT_EQ(made.who().common_name(), "pump");
  EXPECT_FALSE(made.has_own_rights());
  who.is_superuser = true;
  EXPECT_TRUE(retained_source(who).has_own_rights());
}

}  // namespace
}  // namespace nanomq::broker
