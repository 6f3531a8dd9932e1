// The file in which bans outlive the broker.
#include "nanomq/config/ban_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "nanomq/broker/ban_list.hpp"
#include "nanomq/config/timestamp.hpp"

namespace nanomq::config {
namespace {

using broker::ban;
using nanolib::duration;
using nanolib::wall_time;

const wall_time now = *parse_timestamp("2026-11-23T02:00:00Z");

ban of_user(const std::string& name, const std::string& reason = {}) {
  ban made;
  made.user = name;
  made.since = now;
  made.reason = reason;
  return made;
}

class a_ban_file : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "bans-" + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                 "-" + std::to_string(::getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path() const { return directory_ + "/bans.jsonl"; }
  void write(const std::string& text) const { std::ofstream(path(), std::ios::binary) << text; }
  [[nodiscard]] std::string text() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  [[nodiscard]] std::size_t lines() const {
    const auto all = text();
    return static_cast<std::size_t>(std::ranges::count(all, '\n'));
  }

  // As a broker does it: in force first, then kept.
  void add(ban_file& to, const ban& what) {
    lift_from_held(what);
    held_.push_back(what);
    std::string why;
    EXPECT_TRUE(to.add(what, all(), why)) << why;
  }
  void lift(ban_file& from, const ban& what) {
    lift_from_held(what);
    std::string why;
    EXPECT_TRUE(from.lift(what, all(), why)) << why;
  }
  [[nodiscard]] ban_file::all_bans all() {
    return [this] {
      ++asked_;
      return held_;
    };
  }
  // Whose bans a start finds.
  [[nodiscard]] std::vector<std::string> users() const {
    ban_file file(directory_);
    std::string why;
    const auto back = file.load(why);
    EXPECT_TRUE(back) << why;
    std::vector<std::string> names;
    if (back) std::ranges::transform(*back, std::back_inserter(names), &ban::user);
    std::ranges::sort(names);
    return names;
  }

  std::string directory_;
  std::vector<ban> held_;
  int asked_ = 0;

 private:
  void lift_from_held(const ban& what) {
    std::erase_if(held_, [&](const ban& one) { return one.is_about_the_same(what); });
  }
};

using names = std::vector<std::string>;

TEST_F(a_ban_file, gives_back_what_was_added) {
  ban_file file(directory_);
  std::string why;
  ASSERT_TRUE(file.load(why)->empty());
  ban odd;
  odd.client_id = "a \"quoted\" \xC3\xA9\n\x01";
  odd.since = now;
  odd.until = now + duration(5'000);
  odd.reason = "line\nline";
  ban network;
  ASSERT_TRUE(network.set_address("2001:db8::/32"));
  network.since = now;
  ban local = of_user("eve");
  ASSERT_TRUE(local.set_address("unix"));
  for (const ban& one : {odd, network, local}) add(file, one);
  ban_file again(directory_);
  const auto back = again.load(why);
  ASSERT_TRUE(back) << why;
  ASSERT_EQ(back->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const ban& was = held_[i];
    const ban& is = back->at(i);
    EXPECT_TRUE(is.is_about_the_same(was)) << i;
    EXPECT_EQ(std::tie(is.since, is.until, is.reason, is.from),
              std::tuple(was.since, was.until, was.reason, ban::source::person))
        << i;
  }
  struct stat there{};
  ASSERT_EQ(::stat(path().c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777U, 0600U);
}

TEST_F(a_ban_file, knows_what_was_lifted_or_said_again) {
  ban_file file(directory_);
  add(file, of_user("a", "first"));
  add(file, of_user("b"));
  lift(file, of_user("b"));
  add(file, of_user("a", "second"));
  add(file, of_user("c"));
  lift(file, of_user("c"));
  add(file, of_user("c"));
  EXPECT_EQ(lines(), 7U);
  EXPECT_EQ(users(), (names{"a", "c"}));
  ban_file again(directory_);
  std::string why;
  const auto back = again.load(why);
  EXPECT_EQ(std::ranges::find(*back, "a", &ban::user)->reason, "second");
}

TEST_F(a_ban_file, grows_by_a_line_and_is_written_anew_when_most_of_it_is_superfluous) {
  ban_file file(directory_);
  for (int i = 0; i < 1'000; ++i) add(file, of_user("u" + std::to_string(i % 10)));
  EXPECT_EQ(asked_, 1) << "the first, which makes the file";
  EXPECT_EQ(lines(), 1'000U);
  for (int i = 0; i < 10; ++i) add(file, of_user("u" + std::to_string(i)));
  EXPECT_EQ(asked_, 2);
  EXPECT_LT(lines(), 20U);
  EXPECT_EQ(users().size(), 10U);
  // One that was read goes on where it was.
  ban_file again(directory_);
  std::string why;
  ASSERT_TRUE(again.load(why));
  add(again, of_user("more"));
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(users().size(), 11U);
}

TEST_F(a_ban_file, keeps_only_what_somebody_has_said) {
  ban flapping = of_user("flapping");
  flapping.from = ban::source::flapping;
  ban configured = of_user("configured");
  configured.from = ban::source::configuration;
  held_ = {flapping, configured};
  ban_file file(directory_);
  add(file, of_user("a"));
  EXPECT_EQ(users(), names{"a"});
}

// A crash while it was written: whoever asked for the ban has had no answer.
TEST_F(a_ban_file, leaves_out_a_last_line_that_was_not_finished) {
  {
    ban_file file(directory_);
    add(file, of_user("a"));
    add(file, of_user("b"));
  }
  const auto whole = text();
  const auto second = whole.find('\n') + 1;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    EXPECT_EQ(users(), size < second ? names{} : names{"a"}) << size;
  }
  ban_file file(directory_);
  std::string why;
  ASSERT_TRUE(file.load(why));
  held_ = {of_user("a")};
  add(file, of_user("c"));
  EXPECT_EQ(users(), (names{"a", "c"})) << "what comes next is not glued to it";
}

// THREATS 76: what cannot be read is no reason to let in whom it keeps out.
TEST_F(a_ban_file, that_is_damaged_is_not_believed) {
  for (const std::string line :
       {"{\"user\":\"eve\"", "{}", "{\"user\":5}", "\x01\x02", "", "{\"user\":\"eve\",\"until\":\"soon\"}",
        "{\"address\":\"10.0.0.1/8\"}", "{\"user\":\"eve\",\"for\":\"1h\"}", "{\"user\":\"a\",\"lifted\":\"true\"}",
        "{\"user\":\"eve\"}{\"user\":\"eve\"}"}) {
    write("{\"user\":\"a\"}\n" + line + "\n{\"user\":\"b\"}\n");
    ban_file file(directory_);
    std::string why;
    EXPECT_FALSE(file.load(why)) << line;
    EXPECT_TRUE(why.starts_with(path() + ":2: this line is no ban.")) << why;
    EXPECT_TRUE(std::filesystem::exists(path()));
  }
}

TEST_F(a_ban_file, that_is_no_file_or_too_large_is_not_believed) {
  std::string why;
  std::filesystem::create_directory(path());
  EXPECT_FALSE(ban_file(directory_).load(why));
  EXPECT_EQ(why, path() + ": not a regular file");
  std::filesystem::remove(path());
  write("{\"user\":\"a\"}\n");
  std::filesystem::resize_file(path(), ban_file::largest + 1);
  EXPECT_FALSE(ban_file(directory_).load(why));
  EXPECT_EQ(why, path() + ": larger than 32 MiB");
}

TEST_F(a_ban_file, that_somebody_has_edited_meanwhile_is_written_anew) {
  ban_file file(directory_);
  add(file, of_user("a"));
  write(text() + "half a li");
  add(file, of_user("b"));
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(users(), (names{"a", "b"}));
  std::filesystem::remove(path());
  add(file, of_user("c"));
  EXPECT_EQ(users(), (names{"a", "b", "c"}));
}

TEST_F(a_ban_file, never_becomes_larger_than_a_start_reads) {
  // As much as a list of bans holds, in texts that grow most when they are written.
  constexpr std::size_t longest = 65'535;
  for (std::size_t bytes = 0; bytes + longest <= broker::ban_list::most_bytes; bytes += longest) {
    auto one = of_user(std::string(longest, '\x01'));
    one.user.replace(0, 8, std::to_string(10'000'000 + held_.size()));
    held_.push_back(one);
  }
  ban_file file(directory_);
  const auto last = held_.back();
  for (int i = 0; i < 12; ++i) {
    lift(file, last);
    add(file, last);
  }
  EXPECT_GT(asked_, 1) << "its size is a reason as well";
  EXPECT_LE(text().size(), ban_file::largest);
  EXPECT_EQ(users().size(), held_.size());
}

TEST_F(a_ban_file, that_is_none_keeps_nothing) {
  ban_file file("");
  std::string why;
  EXPECT_FALSE(file.is_kept());
  add(file, of_user("a"));
  EXPECT_TRUE(file.load(why)->empty());
  EXPECT_EQ(asked_, 0);
}

TEST_F(a_ban_file, that_cannot_be_written_says_why) {
  ban_file file(directory_ + "/missing");
  std::string why;
  EXPECT_FALSE(file.add(of_user("a"), all(), why));
  EXPECT_NE(why.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::config
