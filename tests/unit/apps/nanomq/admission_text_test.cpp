#include "admission_text.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace nanomq::program {
namespace {

broker::listener_options tls() {
  broker::listener_options one;
  one.kind = broker::listener_kind::ssl;
  one.verify_peer = true;
  one.fail_if_no_peer_cert = true;
  one.tls.ca_file = "ca.pem";
  return one;
}

config::settings with_users() {
  config::settings with;
  with.access.password_file = "users";
  return with;
}

TEST(admission_text, is_anybody_where_nobody_is_asked) {
  EXPECT_EQ(who_may_enter({}, true, {}), "anybody on this machine");
  EXPECT_EQ(who_may_enter({}, false, {}), "ANYBODY");
}

TEST(admission_text, is_who_has_a_certificate_where_one_is_required) {
  EXPECT_EQ(who_may_enter(tls(), false, {}), "clients with a certificate of ca.pem");
  EXPECT_EQ(who_may_enter(tls(), false, with_users()),
            "clients with a certificate of ca.pem, and with a user name only as users of users");
  auto optional = tls();
  optional.fail_if_no_peer_cert = false;
  EXPECT_EQ(who_may_enter(optional, false, {}), "ANYBODY");
}

TEST(admission_text, knows_which_listener_takes_names_from_tls) {
  config::settings with;
  with.access.trusts_identities = true;
  auto naming = tls();
  naming.use_identity_as_username = broker::identity_source::common_name;
  EXPECT_EQ(who_may_enter(naming, false, with), "whom a certificate of ca.pem names");
  naming.tls.psk_file = "keys";
  EXPECT_EQ(who_may_enter(naming, false, with),
            "whom a certificate of ca.pem names or whom a pre-shared key of keys names");
  EXPECT_EQ(who_may_enter(tls(), false, with), "clients with a certificate of ca.pem, without a user name");
  EXPECT_EQ(who_may_enter({}, false, with),
            "nobody: users are known by certificates alone, and here none is asked for");
  with.allow_anonymous = true;
  EXPECT_EQ(who_may_enter({}, false, with), "anybody without a user name");
  with.access.password_file = "users";
  EXPECT_EQ(who_may_enter({}, true, with), "users of users; anybody without a user name");
  naming.allow_anonymous = true;
  EXPECT_EQ(who_may_enter(naming, false, with),
            "whom a certificate of ca.pem names or whom a pre-shared key of keys names");
}

TEST(admission_text, names_every_way_to_be_known) {
  auto with = with_users();
  with.access.tokens.algorithms = {access::token_algorithm::hs256};
  EXPECT_EQ(who_may_enter({}, false, with), "users with tokens (auth.jwt), users of users");
}

TEST(admission_text, follows_what_the_listener_says_about_anonymous_clients) {
  auto with = with_users();
  with.allow_anonymous = true;
  broker::listener_options at;
  EXPECT_EQ(who_may_enter(at, false, with), "users of users; anybody without a user name");
  at.allow_anonymous = false;
  EXPECT_EQ(who_may_enter(at, false, with), "users of users");
  EXPECT_EQ(who_may_enter(at, false, {}), "nobody: it wants users (allow_anonymous = false) and none are configured");
  at.allow_anonymous = true;
  EXPECT_EQ(who_may_enter(at, false, with), "ANYBODY");
}

TEST(admission_text, counts_the_rules) {
  config::settings with;
  EXPECT_EQ(what_they_may_do(with), "everything but to publish under $");
  auto rules = std::make_shared<access::written_rules>();
  rules->rules.resize(2);
  with.access.written_acl = rules;
  EXPECT_EQ(what_they_may_do(with), "what 2 rules of the configuration allow, and nothing else");
  with.access.allow_unmatched = true;
  EXPECT_EQ(what_they_may_do(with),
            "what 2 rules of the configuration allow, and what none is about (auth.no_match = allow)");
}

}  // namespace
}  // namespace nanomq::program
