#include "nanomq/access/rule_reader.hpp"

#include <gtest/gtest.h>

#include "nanomq/access/rule_set.hpp"

namespace nanomq::access {
namespace {

// One rule a line, or the complaint.
std::string read(std::string_view text) {
  std::string why;
  const auto rules = read_rules(text, "acl", why);
  if (!rules) return why;
  std::string out;
  for (const auto& one : rules->rules) out += one.place + " " + describe(one) + "\n";
  return out;
}

bool refuses(std::string_view text) {
  return read(text).starts_with("acl:") && read(text).find(" for ") == std::string::npos;
}

TEST(hocon_rules, reads_nanomqs) {
  EXPECT_EQ(read(R"(# who may what
rules = [
  {"permit": "allow", "username": "dashboard", "action": "subscribe", "topics": ["$SYS/#"]}
  {"permit": "deny", "username": "#", "action": "subscribe", "topics": ["$SYS/#", "@#"]}
  {permit = allow, ipaddr = "10.0.0.0/8", or = [{clientid = a}, {clientid = b}]}
  {"permit": "allow"}
])"),
            "acl:3:3 allow subscribe \"$SYS/#\" for user \"dashboard\"\n"
            "acl:4:3 deny subscribe \"$SYS/#\", \"@#\" for anybody\n"
            "acl:5:3 allow all every topic for address 10.0.0.0/8 and (client \"a\" or client \"b\")\n"
            "acl:6:3 allow all every topic for anybody\n");
  EXPECT_EQ(read("rules = [{permit = allow, cert_common_name = pump, topics = \"${cert_common_name}/x\"}]"),
            "acl:1:10 allow all \"${cert_common_name}/x\" for certificate \"pump\"\n");
  EXPECT_EQ(read("rules = [{permit = deny, listener = \"tcp:lan\", or = [{listener = ssl.plant}, {listener = x}]}]"),
            "acl:1:10 deny all every topic for listener \"tcp:lan\" and (listener \"ssl:plant\" or listener \"x\")\n");
  EXPECT_EQ(read("auth { acl { rules = [{permit = deny}] } }"), "acl:1:23 deny all every topic for anybody\n");
  EXPECT_EQ(read("acl.rules = [{permit = allow, topics = x}]"), "acl:1:14 allow all \"x\" for anybody\n");
}

TEST(hocon_rules, refuses_what_it_does_not_understand) {
  for (const char* rule :
       {"{}", "{permit = maybe}", "{permit = allow, user = x}", "{permit = allow, action = write}",
        "{permit = allow, topics = []}", "{permit = allow, topics = [[a]]}", "{permit = allow, topics = {}}",
        "{permit = allow, ipaddr = x}", "{permit = allow, listener = []}", "{permit = allow, listener = \"\"}",
        "{permit = allow, username = []}", "{permit = allow, username = \"\"}", "{permit = allow, and = []}",
        "{permit = allow, or = [{}]}", "{permit = allow, and = {username = x}}",
        "{permit = allow, or = [{topics = [a]}]}", "text", "{permit = null}"}) {
    EXPECT_TRUE(refuses("rules = [" + std::string(rule) + "]")) << rule << read("rules = [" + std::string(rule) + "]");
  }
  EXPECT_TRUE(refuses("rules = [{permit = allow}], more = 1"));
  EXPECT_TRUE(refuses("rules { permit = allow }"));
}

// HOCON would make one rule of them, with the last permit.
TEST(hocon_rules, are_not_taken_for_one_where_the_comma_is_missing) {
  EXPECT_EQ(read("rules = [\n{permit = deny, username = a} {permit = allow}]"),
            "acl:2:1: two rules without a comma between them: HOCON makes one of them");
  EXPECT_EQ(read("rules = [{permit = allow, or = [{username = a} {clientid = b}]}]"),
            "acl:1:33: two conditions without a comma between them: HOCON makes one of them");
  EXPECT_EQ(read("base { permit = deny }\nauth.acl.rules = [${base} {username = a}\n{permit = allow}]"),
            "acl:2:19 deny all every topic for user \"a\"\nacl:3:1 allow all every topic for anybody\n");
}

TEST(hocon_rules, ends_conditions_in_conditions) {
  std::string text = "{username = x}";
  for (int i = 0; i < 12; ++i) text = "{or = [" + text + "]}";
  EXPECT_NE(read("rules = [{permit = allow, or = [" + text + "]}]").find("nested too deep"), std::string::npos);
}

TEST(emqx_rules, reads_acl_conf) {
  EXPECT_EQ(read(R"(%% who may what
{allow, {username, {re, "^dashboard$"}}, subscribe, ["$SYS/#"]}.
{allow, {ipaddr, "127.0.0.1"}, all, ["$SYS/#", "#"]}.  % from here
{deny, all, subscribe, ["$SYS/#", {eq, "#"}, {eq, "+/#"}]}.
{allow, {'and', [{user, <<"u">>}, {'or', [{client, "c"}, {ipaddrs, ["::1", "10.0.0.0/8"]}]}]}, pubsub, ["%u/${clientid}"]}.
{deny,
 {clientid, all}}.
{deny, {'or', [{listener, "tcp:lan"}, {listener, {re, "^ws:default$"}}]}}.
{allow, all}.)"),
            "acl:2:1 allow subscribe \"$SYS/#\" for user \"dashboard\"\n"
            "acl:3:1 allow all \"$SYS/#\", \"#\" for address 127.0.0.1\n"
            "acl:4:1 deny subscribe \"$SYS/#\", \"@#\", \"@+/#\" for anybody\n"
            "acl:5:1 allow all \"${username}/${clientid}\" for user \"u\" and (client \"c\" or (address ::1 or address "
            "10.0.0.0/8))\n"
            "acl:6:1 deny all every topic for anybody\n"
            "acl:8:1 deny all every topic for listener \"tcp:lan\" or listener \"ws:default\"\n"
            "acl:9:1 allow all every topic for anybody\n");
}

// THREATS 69: there are no expressions that a name could be part of.
TEST(emqx_rules, refuses_what_it_does_not_understand) {
  for (const char* text : {"{allow}.", "{allow, all", "{allow, all}", "{permit, all}.", "{allow, {re, \"x\"}}.",
                           "{allow, {user, {re, \"^a.*$\"}}}.", "{allow, {user, {re, \"a\"}}}.", "{allow, {user, u}}.",
                           "{allow, {client_attrs, \"x\", \"y\"}}.", "{allow, all, {publish, [{qos, 1}]}, [\"a\"]}.",
                           "{allow, all, publish, []}.", "{allow, all, publish, [a]}.", "{allow, {ipaddr, \"x\"}}.",
                           "{allow, {'and', []}}.", "{allow, \"all\"}.", "{deny, all, write}.",
                           "{allow, {listener, tcp}}.", "{allow, {listener, {re, \"^tcp:.*$\"}}}."}) {
    EXPECT_TRUE(refuses(text)) << text << "\n" << read(text);
  }
  std::string deep = "{allow, ";
  for (int i = 0; i < 10'000; ++i) deep += "{'or', [";
  EXPECT_NE(read(deep).find("nested too deep"), std::string::npos);
}

TEST(mosquitto_rules, reads_an_acl_file) {
  EXPECT_EQ(read("# comment\r\n\ntopic read public/#\nuser ann lee\r\ntopic own/#\ntopic write in\ntopic deny own/not\n"
                 "user bob\ntopic readwrite b\npattern read %u/%c/x\npattern deny %c/no"),
            "acl:7 deny all \"own/not\" for user \"ann lee\"\n"
            "acl:3 allow subscribe \"public/#\" for clients without user name\n"
            "acl:5 allow all \"own/#\" for user \"ann lee\"\n"
            "acl:6 allow publish \"in\" for user \"ann lee\"\n"
            "acl:9 allow all \"b\" for user \"bob\"\n"
            "acl:11 deny all \"${clientid}/no\" for anybody\n"
            "acl:10 allow subscribe \"${username}/${clientid}/x\" for anybody\n");
}

TEST(mosquitto_rules, refuses_what_it_does_not_understand) {
  for (const char* text : {"topic a\nuser", "topic a\nuzer x", "user x\ntopic", "pattern ", "topic a\ntopic @x",
                           "topic a\ntopic ${clientid}", "topic a\ntopic dney b"}) {
    std::string why;
    EXPECT_FALSE(read_mosquitto_rules(text, "acl", why)) << text;
    EXPECT_TRUE(why.starts_with("acl:")) << why;
  }
  std::string why;
  EXPECT_FALSE(read_mosquitto_rules("topic " + std::string(70'000, 'x'), "acl", why));
}

// THREATS 77: a file without a rule allows nothing.
TEST(rule_files, allow_nothing_when_nothing_is_in_them) {
  std::string why;
  for (const char* text : {"", "\xef\xbb\xbf", "# only a comment\r\n", "\n\n# x"}) {
    const auto rules = read_mosquitto_rules(text, "acl", why);
    ASSERT_TRUE(rules);
    EXPECT_TRUE(rules->rules.empty() && rules->denies_unmatched);
    EXPECT_TRUE(read(text).starts_with("acl: no rule is in it, so that everything would be denied")) << read(text);
  }
}

TEST(rule_files, are_read_with_a_byte_order_mark_and_the_line_ends_of_windows) {
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "user a\r\ntopic x\r\n"),
            "acl:2 allow all \"x\" for user \"a\"\n");
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "{allow, all}.\r\n"),
            "acl:1:1 allow all every topic for anybody\n");
}

}  // namespace
}  // namespace nanomq::access
