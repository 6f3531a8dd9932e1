// Each format of a file that says who may enter and what they may do, in each of the shapes that editors and mistakes give it.
// Keys of tokens are in token_authenticator_test.cpp, pre-shared keys in tls_context_test.cpp.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/password_file.hpp"
#include "nanomq/access/rule_reader.hpp"
#include "nanomq/access/rule_set.hpp"

namespace nanomq::access {
namespace {

constexpr int refused = -1;

/// How many users or rules there are, or `refused`.
int users_in(const std::string& text) {
  std::string why;
  const auto read = password_file::read(text, "f", why);
  EXPECT_TRUE(read || why.starts_with("f:")) << why;
  return read ? static_cast<int>(read->size()) : refused;
}

int plain_users_in(const std::string& text) {
  std::string why;
  std::string warning;
  const auto document = config::read_hocon(text, "f", why);
  const auto read =
      document ? password_file::read_plain(*document, document->root, warning, why) : std::unexpected(document.error());
  EXPECT_TRUE(read || why.starts_with("f:")) << why;
  return read ? static_cast<int>(read->size()) : refused;
}

int rules_in(const std::string& text) {
  std::string why;
  auto read = read_rules(text, "f", why);
  const auto made =
      read ? rule_set::compile(std::move(read->rules), false, why) : std::unexpected(nanolib::error(read.error()));
  EXPECT_TRUE(made || why.starts_with("f:")) << why;
  return made ? static_cast<int>(made->rules().size()) : refused;
}

struct format {
  const char* name;
  int (*read)(const std::string& text);
  std::string entry;    ///< one line that is one entry
  std::string comment;  ///< a line that is none
  std::string longest;  ///< an entry that is too long
  std::string before, behind;
  int empty = 0;        ///< what a file without entries comes to
  int twice = refused;  ///< what the same entry twice comes to
};

const std::string long_text(70'000, 'x');

std::vector<format> formats() {
  const auto user = [](const char* name, const std::string& hash) {
    return format{name, users_in, "ann:" + hash, "# ann:x", "ann:" + hash + std::string(3'000, 'A'), "", ""};
  };
  return {
      user("argon2id", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
      user("mosquitto $7$",
           "$7$101$c29tZXNhbHRzYWx0$"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="),
      user("mosquitto $6$",
           "$6$c29tZXNhbHRzYWx0$"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="),
      user("scram",
           "$scram-sha-256$i=4096$c29tZXNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA$"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
      // HOCON: the later value of a key stands, as its specification has it.
      {"plain map", plain_users_in, "ann = secret", "# ann = x", "ann = secret\n}\nx = [", "", "", 0, 1},
      {"rules of NanoMQ", rules_in, "{permit = allow, topics = [a]}", "# {permit = allow}",
       "{permit = allow, topics = [" + long_text + "]}", "rules = [\n", "\n]\n", 0, 2},
      {"rules of EMQX", rules_in, "{allow, all, all, [\"a\"]}.", "%% {allow, all}.",
       "{allow, all, all, [\"" + long_text + "\"]}.", "", "", refused, 2},
      {"rules of mosquitto", rules_in, "topic a", "# topic a", "topic " + long_text, "", "", refused, 2},
  };
}

// THREATS 77.
TEST(file_formats, come_to_the_same_whatever_an_editor_makes_of_the_file) {
  for (const format& of : formats()) {
    SCOPED_TRACE(of.name);
    const auto read = [&](const std::string& lines) { return of.read(of.before + lines + of.behind); };
    const std::string mark = "\xef\xbb\xbf";
    EXPECT_EQ(read(of.entry), 1);
    EXPECT_EQ(read(of.entry + "\n"), 1);
    EXPECT_EQ(read(of.entry + "\r\n"), 1) << "the line ends of Windows";
    EXPECT_EQ(read("\r\n" + of.comment + "\r\n\r\n" + of.entry + "\r\n"), 1);
    EXPECT_EQ(of.read(mark + of.before + of.entry + "\n" + of.behind), 1) << "a byte order mark";
    EXPECT_EQ(of.read(mark + of.before + of.comment + "\r\n" + of.entry + of.behind), 1);
  }
}

// THREATS 77: a file that says nothing lets nobody do anything, or is refused; so is one that says too much.
TEST(file_formats, let_nobody_in_by_mistake) {
  for (const format& of : formats()) {
    SCOPED_TRACE(of.name);
    const auto read = [&](const std::string& lines) { return of.read(of.before + lines + of.behind); };
    EXPECT_EQ(read(""), of.empty);
    EXPECT_EQ(read("\n\r\n"), of.empty);
    EXPECT_EQ(read(of.comment), of.empty);
    EXPECT_EQ(read(of.comment + "\r\n" + of.comment), of.empty);
    EXPECT_EQ(of.read("\xef\xbb\xbf" + of.before + of.behind), of.empty);
    EXPECT_EQ(read(of.entry + "\n" + of.entry), of.twice);
    EXPECT_EQ(read(of.longest), refused);
    EXPECT_EQ(read(of.entry + "\n" + of.longest), refused) << "not even what stands ahead of it";
    EXPECT_EQ(read(of.entry + "\n\x01"), refused);
  }
}

}  // namespace
}  // namespace nanomq::access
