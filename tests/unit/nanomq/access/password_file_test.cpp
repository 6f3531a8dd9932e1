#include "nanomq/access/password_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace nanomq::access {
namespace {

using nanolib::as_bytes;

constexpr std::string_view hash =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

std::string line(std::string_view user) { return std::string(user) + ":" + std::string(hash); }

password_file file_of(std::string_view text) {
  std::string why;
  auto read = password_file::read(text, "pw", why);
  EXPECT_TRUE(read) << why;
  return read ? std::move(*read) : password_file();
}

std::string complaint(std::string_view text) {
  std::string why;
  return password_file::read(text, "pw", why) ? "" : why;
}

TEST(password_file, knows_its_users) {
  const auto file = file_of("# who may enter\n" + line("ann") + "\n\n" + line("bob lee"));
  EXPECT_EQ(file.size(), 2U);
  EXPECT_TRUE(file.verify("ann", as_bytes("password")));
  EXPECT_TRUE(file.verify("bob lee", as_bytes("password")));
  EXPECT_FALSE(file.verify("ann", as_bytes("Password")));
  EXPECT_FALSE(file.verify("Ann", as_bytes("password")));
  EXPECT_FALSE(file.verify("", as_bytes("password")));
  EXPECT_EQ(file.find("carl"), nullptr);
}

// THREATS 77: no kind of file lets somebody in who is not in it.
TEST(password_file, lets_nobody_in_when_nobody_is_in_it) {
  for (const char* text : {"", "\xef\xbb\xbf", "# ann:x", "\n\r\n \n", "# x\r\n#y"}) {
    const auto file = file_of(text);
    EXPECT_EQ(file.size(), 0U);
    EXPECT_FALSE(file.verify("", {}));
    EXPECT_FALSE(file.verify("ann", as_bytes("x")));
  }
}

TEST(password_file, reads_what_editors_make_of_it) {
  const auto file = file_of("\xef\xbb\xbf" + line("ann") + "\r\n" + line("bob") + "\r\n");
  EXPECT_TRUE(file.verify("ann", as_bytes("password")) && file.verify("bob", as_bytes("password")));
}

TEST(password_file, is_refused_as_a_whole_where_a_line_is_none) {
  EXPECT_EQ(complaint(line("ann") + "\nbob"), "pw:2: not user:hash");
  EXPECT_EQ(complaint(":" + std::string(hash)), "pw:1: no name that a user can have");
  EXPECT_EQ(complaint("\n" + line("a") + "\n" + line("b") + "\n" + line("a")), "pw:4: this user has an entry already");
  EXPECT_EQ(complaint(line(std::string(3000, 'a'))), "pw:1: a line of more than 2048 bytes");
  EXPECT_EQ(complaint(line("a\x01")), "pw:1: no name that a user can have");
  EXPECT_EQ(complaint(line("a\xff")), "pw:1: no name that a user can have");
  EXPECT_EQ(complaint(std::string("a:b\0c", 5)),
            "pw:1: no password hash that is known here: $argon2id$v=19$, $7$, $6$ or $scram-sha-256$");
}

// THREATS 82: what is said about a line does not say what was in it.
TEST(password_file, never_shows_a_password) {
  for (const char* text : {"ann:secret", "ann secret", "ann:$7$secret", "secret"})
    EXPECT_EQ(complaint(text).find("secret"), std::string::npos);
}

TEST(password_file, keeps_comments_and_order_through_changes) {
  std::string why;
  const auto password = password_hash::parse(hash, why);
  ASSERT_TRUE(password);
  auto file = file_of("# one\n" + line("a") + "\n" + line("b") + "\n# two\n" + line("c") + "\n");
  EXPECT_TRUE(file.remove("a"));
  EXPECT_FALSE(file.remove("a"));
  EXPECT_TRUE(file.set("c", *password));
  EXPECT_TRUE(file.set("d", *password));
  EXPECT_EQ(file.text(), "# one\n" + line("b") + "\n# two\n" + line("c") + "\n" + line("d") + "\n");
  EXPECT_EQ(file_of(file.text()).size(), 3U);
  for (const char* name : {"", "a:b", "a\nb", "#a", " a", "a ", "a\r"}) EXPECT_FALSE(file.set(name, *password)) << name;
  EXPECT_FALSE(file.set("e", password_hash::plain("x")));
}

TEST(password_file, reads_nanomqs_map_and_warns_of_it) {
  std::string why;
  std::string warning;
  const auto read = [&](std::string_view text) {
    const auto document = config::read_hocon(text, "f", why);
    return password_file::read_plain(*document, *document->root.find("password"), warning, why);
  };
  const auto file = read("password { \"admin\": \"public\", client: x }");
  ASSERT_TRUE(file) << why;
  EXPECT_TRUE(file->verify("admin", as_bytes("public")) && file->verify("client", as_bytes("x")));
  EXPECT_FALSE(file->verify("admin", as_bytes("x")));
  EXPECT_TRUE(warning.starts_with("f:1:10: passwords in plain text")) << warning;
  EXPECT_EQ(warning.find("public"), std::string::npos);
  for (const char* text : {"password { a = \"\" }", "password { a = [x] }", "password { a = null }", "password = x"})
    EXPECT_FALSE(read(text)) << text;
}

class secret_file : public ::testing::Test {
 protected:
  secret_file() {
    std::string pattern = ::testing::TempDir() + "nanomq_accessXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ + "/pw";
  }
  ~secret_file() override {
    for (const char* name : {"/pw", "/other"}) ::unlink((directory_ + name).c_str());
    EXPECT_EQ(::rmdir(directory_.c_str()), 0) << "a file is left behind";
  }
  [[nodiscard]] std::string contents() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] unsigned mode() const {
    struct stat about{};
    return ::lstat(path_.c_str(), &about) == 0 ? about.st_mode & 07777U : 0U;
  }

  std::string directory_;
  std::string path_;
  std::string why_;
};

// THREATS 86
TEST_F(secret_file, is_for_its_owner_alone) {
  ASSERT_TRUE(replace_secret_file(path_, "one", why_)) << why_;
  EXPECT_EQ(contents(), "one");
  EXPECT_EQ(mode(), 0600U);
  ASSERT_EQ(::chmod(path_.c_str(), 0666), 0);
  ASSERT_TRUE(replace_secret_file(path_, "two", why_)) << why_;
  EXPECT_EQ(contents(), "two");
  EXPECT_EQ(mode(), 0640U);
}

TEST_F(secret_file, is_never_a_link_or_a_directory) {
  std::ofstream(directory_ + "/other") << "untouched";
  ASSERT_EQ(::symlink((directory_ + "/other").c_str(), path_.c_str()), 0);
  EXPECT_FALSE(replace_secret_file(path_, "x", why_));
  EXPECT_EQ(why_, path_ + ": not a regular file");
  EXPECT_EQ(contents(), "untouched");
  EXPECT_FALSE(replace_secret_file(directory_, "x", why_));
  EXPECT_FALSE(replace_secret_file(directory_ + "/none/pw", "x", why_));
}

TEST_F(secret_file, is_changed_by_one_at_a_time) {
  const directory_lock lock(path_);
  EXPECT_TRUE(lock.held());
  EXPECT_FALSE(directory_lock(directory_ + "/none/pw").held());
}

}  // namespace
}  // namespace nanomq::access
