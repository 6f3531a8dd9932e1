#include "nanomq/access/access_control.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <future>

namespace nanomq::access {
namespace {

using nanolib::as_bytes;
using nanonng::mqtt::reason_code;
using broker_operation = broker::operation;

/// Says what it was told to say. Thread: immutable.
class scripted final : public authenticator {
 public:
  scripted(std::string_view user, verdict says) : user_(user), says_(says) {}
  finding verify(const broker::principal& who, nanolib::bytes) const noexcept override {
    if (who.user_name != user_) return verdict::unknown;
    return says_;
  }
  bool takes_long() const noexcept override { return false; }
  bool may_know(const broker::principal& who) const noexcept override { return who.user_name == user_; }

 private:
  std::string user_;
  verdict says_;
};

class first_answer final : public broker::admission_reply {
 public:
  void answer(const broker::admission& what) noexcept override { came.set_value(what.reason); }
  std::promise<reason_code> came;
};

std::unique_ptr<const authenticator> says(std::string_view user, authenticator::verdict what) {
  return std::make_unique<scripted>(user, what);
}

std::unique_ptr<const rule_set> rules(const std::string& text, bool allow_unmatched = false) {
  std::string why;
  auto read = read_rules("rules = [" + text + "]", "acl", why);
  EXPECT_TRUE(read) << why;
  auto made = rule_set::compile(read ? std::move(read->rules) : std::vector<rule>{}, allow_unmatched, why);
  EXPECT_TRUE(made) << why;
  return std::make_unique<const rule_set>(std::move(*made));
}

access_control made(access_control::parts parts) { return {std::move(parts), std::make_shared<worker_pool>(1, 10)}; }

reason_code login(const broker::access& to, const char* user, std::string_view password = "pw") {
  const broker::principal who{"c", user == nullptr ? "" : user, "127.0.0.1"};
  const auto reply = std::make_shared<first_answer>();
  const auto said = to.authenticate(who, {user != nullptr, as_bytes(password)}, reply);
  return said ? said->reason : reply->came.get_future().get();
}

bool may(const broker::access& what, broker_operation does, std::string_view topic, std::string_view user = "ann",
         std::string_view address = "127.0.0.1") {
  return what.authorize({"c", user, address}, does, topic).is_granted();
}

TEST(access_control, asks_one_authenticator_after_the_other_until_one_knows) {
  using enum authenticator::verdict;
  access_control::parts parts;
  parts.chain.push_back(says("ann", admitted));
  parts.chain.push_back(says("bob", refused));
  parts.chain.push_back(says("eve", unavailable));
  for (const char* user : {"bob", "eve", "zoe"}) parts.chain.push_back(says(user, admitted));
  const auto subject = made(std::move(parts));
  EXPECT_EQ(login(subject, "ann"), reason_code::success);
  EXPECT_EQ(login(subject, "bob"), reason_code::bad_user_name_or_password);
  EXPECT_EQ(login(subject, "eve"), reason_code::server_unavailable);
  EXPECT_EQ(login(subject, "zoe"), reason_code::success);
  EXPECT_EQ(login(subject, "nobody"), reason_code::bad_user_name_or_password);
}

TEST(access_control, admits_clients_without_a_name_only_if_told_so) {
  for (const bool anonymous : {false, true}) {
    access_control::parts parts;
    parts.chain.push_back(says("ann", authenticator::verdict::admitted));
    parts.allow_anonymous = anonymous;
    const auto subject = made(std::move(parts));
    EXPECT_EQ(login(subject, nullptr), anonymous ? reason_code::success : reason_code::not_authorized);
    EXPECT_EQ(subject.still_admits({"c", "", ""}), anonymous);
    // A name that is given and empty is not the same as none.
    EXPECT_EQ(login(subject, ""), reason_code::bad_user_name_or_password);
    for (const char* user : {"ann", "bob"}) {
      broker::principal there{"c", user, ""};
      EXPECT_FALSE(subject.still_admits(there));
      there.was_checked = true;
      EXPECT_EQ(subject.still_admits(there), there.user_name == "ann");
    }
  }
}

/// Allows everybody to publish below own/ but own/not, and says nothing about the rest.
class own_rights final : public broker::grant {
 public:
  std::optional<broker::permission> authorize(const broker::principal&, broker_operation,
                                              std::string_view topic) const noexcept override {
    if (topic == "own/not") return broker::permission{reason_code::not_authorized};
    if (topic.starts_with("own/")) return broker::permission{};
    return std::nullopt;
  }
  bool may_receive_through(const broker::principal&, std::string_view, std::string_view) const noexcept override {
    return false;
  }
  bool has_rules() const noexcept override { return true; }
  bool denies() const noexcept override { return true; }
  nanolib::bytes voucher() const noexcept override { return {}; }
};

TEST(access_control, asks_what_a_client_has_brought_along_before_the_rules) {
  const own_rights brought;
  for (const bool has_rules : {true, false}) {
    access_control::parts parts;
    parts.chain.push_back(says("ann", authenticator::verdict::admitted));
    if (has_rules) {
      parts.rules = rules(R"({permit = deny, topics = ["own/#"]}, {permit = allow, topics = ["free/#", "#"]})");
    }
    const auto subject = made(std::move(parts));
    broker::principal ann{"c", "ann", "127.0.0.1"};
    const auto asked = [&](std::string_view topic) {
      return subject.authorize(ann, broker_operation::subscribe, topic);
    };
    EXPECT_EQ(asked("own/x").is_granted(), !has_rules);
    ann.brought = &brought;
    EXPECT_TRUE(asked("own/x").is_granted());
    EXPECT_FALSE(asked("own/not").is_granted());
    EXPECT_EQ(asked("free/x").is_granted(), has_rules) << "nothing else is configured: the end denies";
    EXPECT_TRUE(asked("free/#").partly) << "what it denies could be a part of this";
  }
}

// THREATS 85.
TEST(access_control, asks_for_no_password_where_tls_has_proved_who_it_is) {
  access_control::parts parts;
  parts.trusts_identities = true;
  parts.rules = rules(R"({permit = allow, username = device-1, topics = ["a"]})");
  const auto subject = made(std::move(parts));
  broker::principal device{"c", "device-1", "10.0.0.1"};
  EXPECT_EQ(subject.authenticate(device, {true, {}}, nullptr)->reason, reason_code::bad_user_name_or_password);
  EXPECT_EQ(login(subject, nullptr), reason_code::not_authorized);
  device.is_identified = true;
  EXPECT_EQ(subject.authenticate(device, {true, {}}, nullptr)->reason, reason_code::success);
  EXPECT_TRUE(subject.still_admits(device));
  EXPECT_TRUE(subject.authorize(device, broker_operation::publish, "a").is_granted());
  device.user_name = {};
  EXPECT_EQ(subject.authenticate(device, {true, {}}, nullptr)->reason, reason_code::bad_user_name_or_password);
}

TEST(access_control, leaves_the_last_word_about_clients_without_a_name_to_their_listener) {
  for (const bool anonymous : {false, true}) {
    access_control::parts parts;
    parts.chain.push_back(says("ann", authenticator::verdict::admitted));
    parts.allow_anonymous = anonymous;
    const auto subject = made(std::move(parts));
    broker::principal nameless{"c", "", "10.0.0.1"};
    nameless.is_admitted = true;
    EXPECT_EQ(subject.authenticate(nameless, {}, nullptr)->reason, reason_code::success);
    nameless.is_admitted = false;
    nameless.needs_user = true;
    EXPECT_EQ(subject.authenticate(nameless, {}, nullptr)->reason, reason_code::not_authorized);
    EXPECT_FALSE(subject.still_admits(nameless));
  }
}

TEST(access_control, admits_nobody_where_users_are_wanted_and_none_are_known) {
  broker::principal wanted{"c", "ann", "127.0.0.1"};
  wanted.needs_user = true;
  access_control::parts parts;
  parts.rules = rules(R"({permit = allow, topics = ["a"]})");
  const auto subject = made(std::move(parts));
  EXPECT_EQ(subject.authenticate(wanted, {true, {}}, nullptr)->reason, reason_code::not_authorized);
  EXPECT_FALSE(subject.still_admits(wanted));
}

TEST(access_control, lets_a_server_vouch_only_for_those_whom_it_has_admitted) {
  const auto subject = make_http_authenticator(nullptr);
  broker::principal there{"c", "bob", "127.0.0.1"};
  EXPECT_FALSE(subject->may_know(there));
  there.by_others = true;
  EXPECT_TRUE(subject->may_know(there));
}

TEST(access_control, takes_no_name_that_nobody_has_checked_for_a_users) {
  access_control::parts parts;
  parts.rules = rules(R"({permit = deny, username = ann}, {permit = allow, topics = ["a"]})");
  const auto subject = made(std::move(parts));
  EXPECT_EQ(login(subject, "ann"), reason_code::success);
  EXPECT_TRUE(may(subject, broker_operation::publish, "a"));
}

TEST(access_control, without_rules_keeps_only_what_begins_with_a_dollar_sign) {
  access_control::parts parts;
  parts.chain.push_back(says("ann", authenticator::verdict::admitted));
  const auto subject = made(std::move(parts));
  EXPECT_FALSE(subject.restricts());
  EXPECT_TRUE(may(subject, broker_operation::publish, "a"));
  EXPECT_FALSE(may(subject, broker_operation::publish, "$x"));
  EXPECT_TRUE(may(subject, broker_operation::subscribe, "$SYS/#"));
}

TEST(access_control, knows_the_addresses_of_clients_as_the_broker_writes_them) {
  access_control::parts parts;
  parts.rules = rules(R"({permit = allow, or = [{ipaddr = "10.0.0.0/8"}, {ipaddr = "fd00::/8"}], topics = ["a"]})");
  const auto subject = made(std::move(parts));
  EXPECT_TRUE(may(subject, broker_operation::publish, "a", "", "10.1.2.3"));
  EXPECT_TRUE(may(subject, broker_operation::publish, "a", "", "[fd00::1]"));
  EXPECT_FALSE(may(subject, broker_operation::publish, "a", "", "[fe80::1]"));
  EXPECT_FALSE(may(subject, broker_operation::publish, "a", "", "/run/socket"));
  EXPECT_FALSE(may(subject, broker_operation::publish, "a", "", ""));
}

TEST(access_control, tells_what_stands_only_in_part_or_only_as_it_is_written) {
  access_control::parts parts;
  parts.rules = rules(R"({permit = deny, topics = ["a/secret"]}, {permit = allow, topics = ["@a/#", "b/#"]})");
  const auto subject = made(std::move(parts));
  const auto asks = [&](std::string_view filter) {
    return subject.authorize({"c", "ann", ""}, broker_operation::subscribe, filter);
  };
  EXPECT_TRUE(asks("a/#").partly);
  EXPECT_TRUE(asks("a/#").by_letter);
  EXPECT_FALSE(asks("b/#").partly);
  EXPECT_FALSE(asks("b/#").by_letter);
  const broker::principal ann{"c", "ann", ""};
  EXPECT_FALSE(may(subject, broker_operation::receive, "a/x"));
  EXPECT_TRUE(subject.may_receive_through(ann, "a/#", "a/x"));
  EXPECT_FALSE(subject.may_receive_through(ann, "a/#", "a/secret"));
  EXPECT_FALSE(subject.may_receive_through(ann, "a/#", "c"));
  EXPECT_FALSE(subject.may_receive_through(ann, "c/#", "c/x"));
}

// THREATS 76, 77.
class opening : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(directory_.data()), nullptr); }
  void TearDown() override {
    for (const std::string& path : files_) ::unlink(path.c_str());
    ::rmdir(directory_.data());
  }
  std::string file(const std::string& text) {
    files_.push_back(std::string(directory_.data()) + "/" + std::to_string(files_.size()));
    std::ofstream(files_.back()) << text;
    return files_.back();
  }
  static std::string complaint(const access_settings& from) {
    std::string why;
    return open_access_control(from, false, std::make_shared<worker_pool>(1, 10), why) ? "" : why;
  }
  static std::shared_ptr<const broker::access> opened(const access_settings& from, bool anonymous = false) {
    std::string why;
    const auto made = open_access_control(from, anonymous, std::make_shared<worker_pool>(1, 10), why);
    EXPECT_TRUE(made) << why;
    return made ? *made : nullptr;
  }

 private:
  std::array<char, 32> directory_{"/tmp/nanomq_accessXXXXXX"};
  std::vector<std::string> files_;
};

constexpr std::string_view ann =
    "ann:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n";

TEST_F(opening, makes_nothing_of_nothing) { EXPECT_EQ(opened({}), nullptr); }

TEST_F(opening, reads_users_and_checks_them_on_the_pool) {
  access_settings from;
  from.password_file = file(std::string(ann));
  const auto subject = opened(from);
  ASSERT_NE(subject, nullptr);
  EXPECT_TRUE(subject->answers_later());
  EXPECT_TRUE(subject->binds_sessions());
  EXPECT_EQ(login(*subject, "ann", "password"), reason_code::success);
  EXPECT_EQ(login(*subject, "ann", "Password"), reason_code::bad_user_name_or_password);
  EXPECT_EQ(login(*subject, "bob", "password"), reason_code::bad_user_name_or_password);
  EXPECT_EQ(login(*subject, nullptr), reason_code::not_authorized);
}

// Thousands of clients that come back at once must not wait for thousands of hashes.
TEST_F(opening, makes_a_control_that_remembers_who_was_right) {
  access_settings from;
  from.password_file = file(std::string(ann) + "bob:" + std::string(ann.substr(4)));
  const auto subject = opened(from);
  ASSERT_NE(subject, nullptr);
  const auto at_once = [&](std::string_view user, std::string_view password) {
    const auto reply = std::make_shared<first_answer>();
    reply->abandon();
    return subject->authenticate({"c", user, ""}, {true, as_bytes(password)}, reply).has_value();
  };
  EXPECT_FALSE(at_once("ann", "password"));
  EXPECT_EQ(login(*subject, "ann", "password"), reason_code::success);
  EXPECT_TRUE(at_once("ann", "password"));
  EXPECT_EQ(login(*subject, "ann", "password"), reason_code::success);
  EXPECT_FALSE(at_once("ann", "Password"));
  EXPECT_FALSE(at_once("bob", "password"));
  EXPECT_EQ(login(*subject, "ann", "Password"), reason_code::bad_user_name_or_password);
  EXPECT_FALSE(at_once("ann", "Password"));
}

TEST_F(opening, says_busy_when_there_is_no_room_for_another_login) {
  access_settings from;
  from.password_file = file(std::string(ann));
  std::string why;
  const auto subject = open_access_control(from, false, std::make_shared<worker_pool>(1, 0), why);
  ASSERT_TRUE(subject) << why;
  // With nobody waiting allowed, the first is refused until the thread is idle; whatever the answer, it is one of two.
  for (int i = 0; i < 20; ++i) {
    const auto said = login(**subject, "ann", "password");
    EXPECT_TRUE(said == reason_code::success || said == reason_code::server_busy);
  }
}

TEST_F(opening, refuses_files_that_are_not_there_or_make_no_sense) {
  access_settings from;
  from.password_file = "/nonexistent/users";
  EXPECT_NE(complaint(from).find("/nonexistent/users: "), std::string::npos);
  for (const char* text : {"ann\n", ":x\n", "ann:\n", "ann:secret\n", "ann:$7$0$$\n"}) {
    from.password_file = file(text);
    EXPECT_NE(complaint(from).find(from.password_file + ":1: "), std::string::npos) << text;
    EXPECT_EQ(complaint(from).find("secret"), std::string::npos);
  }
  from.password_file.clear();
  for (const char* text :
       {"", "# nothing\n", "rules = []\nx = 1", "user\n", "rules = [{permit = allow, topics = [\"a#\"]}]"}) {
    from.acl_file = file(text);
    EXPECT_NE(complaint(from), "") << text;
  }
}

TEST_F(opening, refuses_settings_of_tokens_that_are_not_accepted) {
  access_settings from;
  from.tokens.secret_file = "/run/secret";
  EXPECT_EQ(complaint(from), "auth.jwt does nothing without auth.jwt.algorithms, such as [\"ES256\"]");
}

TEST_F(opening, refuses_rules_about_users_whom_nobody_checks) {
  access_settings from;
  for (const char* text :
       {"rules = [{permit = deny, username = ann}]", "rules = [{permit = allow, topics = [\"${username}\"]}]",
        "rules = [{permit = allow, or = [{clientid = c}, {username = u}]}]", "user ann\ntopic a\n",
        "pattern read a/%u\n"}) {
    from.acl_file = file(text);
    EXPECT_NE(complaint(from).find("whom nobody checks"), std::string::npos) << text;
  }
  from.acl_file = file("rules = [{permit = allow, clientid = c, topics = [\"a\"]}]");
  EXPECT_EQ(complaint(from), "");
}

// A conversation asks nobody else: whoever is configured to be asked first would be passed over.
TEST_F(opening, offers_scram_only_where_nobody_is_to_be_asked_before) {
  access_settings from;
  from.password_file = file(
      "ann:$scram-sha-256$i=4096$c29tZXNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA$"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
  const auto offers = [&] {
    const auto subject = opened(from);
    return subject != nullptr && subject->begin_exchange({"c", "", ""}, "SCRAM-SHA-256") != nullptr;
  };
  EXPECT_TRUE(offers());
  from.http.auth.url = "http://127.0.0.1:1/auth";
  EXPECT_TRUE(offers()) << "the server comes last";
  from.chain = {chain_link::http, chain_link::password};
  EXPECT_FALSE(offers());
  from.chain = {chain_link::password, chain_link::http};
  EXPECT_TRUE(offers());
  from.offers_scram = false;
  EXPECT_FALSE(offers());
  from.offers_scram = true;
  from.http.auth.url.clear();
  from.chain = {chain_link::http, chain_link::password};
  EXPECT_TRUE(offers()) << "a server that is not configured is not asked";
}

// THREATS 79.
TEST(client_id_rule, keeps_a_user_to_client_ids_of_that_name) {
  using enum client_id_rule;
  for (const char* id : {"ann", "bob", "", "ann-1", "#"}) EXPECT_TRUE(may_have_client_id(any, "ann", id)) << id;
  EXPECT_TRUE(may_have_client_id(user_name, "ann", "ann"));
  for (const char* id : {"", "bob", "anna", "ann-1", "Ann", "an"})
    EXPECT_FALSE(may_have_client_id(user_name, "ann", id)) << id;
  for (const char* id : {"ann", "ann-1", "ann_1", "ann.1", "ann:1", "ann/1", "ann--"})
    EXPECT_TRUE(may_have_client_id(from_prefix, "ann", id)) << id;
  for (const char* id : {"", "anna", "ann-", "bob-ann", "Ann-1", "annb-1", "ann 1", "an"})
    EXPECT_FALSE(may_have_client_id(from_prefix, "ann", id)) << id;
  for (const client_id_rule how : {any, user_name, from_prefix}) EXPECT_TRUE(may_have_client_id(how, "", "x"));
}

// THREATS 79: whether its session is there or not.
TEST_F(opening, refuses_client_ids_that_are_not_the_users) {
  access_settings from;
  from.client_ids = client_id_rule::from_prefix;
  EXPECT_NE(complaint(from).find("auth.client_id needs users"), std::string::npos);
  from.password_file = file(std::string(ann));
  const auto subject = opened(from, true);
  ASSERT_NE(subject, nullptr);
  const auto enters = [&](std::string_view user, std::string_view id) {
    const auto reply = std::make_shared<first_answer>();
    const auto said = subject->authenticate({id, user, ""}, {!user.empty(), as_bytes("password")}, reply);
    return said ? said->reason : reply->came.get_future().get();
  };
  EXPECT_EQ(enters("ann", "ann-pump"), reason_code::success);
  EXPECT_EQ(enters("ann", "pump"), reason_code::client_identifier_not_valid);
  EXPECT_EQ(enters("ann", "pump"), reason_code::client_identifier_not_valid) << "its password is remembered";
  EXPECT_EQ(enters("", "pump"), reason_code::success);
  broker::principal there{"pump", "ann", ""};
  there.was_checked = true;
  EXPECT_FALSE(subject->still_admits(there));
  there.client_id = "ann-pump";
  EXPECT_TRUE(subject->still_admits(there));
}

TEST_F(opening, looks_at_what_is_retained_again_where_there_are_rules_that_say_so) {
  access_settings from;
  from.password_file = file(std::string(ann));
  EXPECT_FALSE(opened(from)->rechecks_retained());
  from.acl_file = file("topic a\n");
  EXPECT_TRUE(opened(from)->rechecks_retained());
  from.rechecks_retained = false;
  EXPECT_FALSE(opened(from)->rechecks_retained());
}

TEST_F(opening, takes_a_token_for_a_user_name_only_where_it_is_told_to) {
  access_settings from;
  from.tokens.algorithms = {token_algorithm::hs256};
  from.tokens.secret_file = file(std::string(32, 'x'));
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2UifQ.AAAA";
  EXPECT_EQ(opened(from)->claimed_user(token), std::nullopt);
  from.tokens.from_user_name = true;
  EXPECT_EQ(opened(from)->claimed_user(token), "joe");
  EXPECT_EQ(opened(from)->claimed_user("joe"), std::nullopt);
  from.tokens = {};
  from.tokens.from_user_name = true;
  EXPECT_NE(complaint(from).find("auth.jwt does nothing"), std::string::npos);
}

TEST_F(opening, refuses_users_and_rules_that_are_there_twice) {
  access_settings from;
  from.password_file = file(std::string(ann));
  from.written_passwords = std::make_shared<const password_file>();
  EXPECT_NE(complaint(from).find("keep one of them"), std::string::npos);
  from.written_passwords.reset();
  from.acl_file = file("topic a\n");
  from.written_acl = std::make_shared<const written_rules>();
  EXPECT_NE(complaint(from).find("keep one of them"), std::string::npos);
}

TEST_F(opening, denies_what_no_rule_is_about_unless_told_otherwise_and_always_with_mosquittos_rules) {
  access_settings from;
  for (const auto& [text, allow, expected] :
       {std::tuple("rules = [{permit = allow, topics = [a]}]", false, false),
        std::tuple("rules = [{permit = allow, topics = [a]}]", true, true), std::tuple("rules = []", false, false),
        std::tuple("topic a\n", true, false)}) {
    from.acl_file = file(text);
    from.allow_unmatched = allow;
    const auto subject = opened(from);
    ASSERT_NE(subject, nullptr);
    EXPECT_EQ(may(*subject, broker_operation::publish, "b", ""), expected) << text;
    EXPECT_FALSE(may(*subject, broker_operation::publish, "$b", "")) << text;
  }
}

}  // namespace
}  // namespace nanomq::access
