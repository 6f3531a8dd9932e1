// Whose files, which format, how many processes: what a store on disk accepts before it looks at a single record.
// THREATS 86, F15, F16
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "nanolib/cache/sqlite_store.hpp"
#include "store/store_contents.hpp"
#include "store/temporary_directory.hpp"

namespace nanolib {
namespace {

using testing::batch_of;
using testing::contents_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

mode_t mode_of(const std::string& path) {
  struct stat found{};
  return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

class store_directory_test : public ::testing::Test {
 protected:
  result<std::unique_ptr<store>> open(sqlite_store_options options = {}) {
    if (options.directory.empty()) options.directory = directory_;
    opening_ = {};
    return open_sqlite_store(options, opening_, why_);
  }
  error error_of(const sqlite_store_options& options = {}) {
    const auto one = open(options);
    EXPECT_FALSE(one);
    return one ? error{} : one.error();
  }
  void make_store() {
    const auto one = open();
    ASSERT_TRUE(one) << why_;
    ASSERT_TRUE((*one)->commit(batch_of(put_session{1, "kept", "", 1, true, never}), at_));
  }
  /// Does something to the database behind the store's back.
  void execute(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ + "/nanomq.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  testing::temporary_directory parent_;
  std::string directory_ = parent_ / "store";
  std::string file_ = directory_ + "/nanomq.db";
  clock_reading at_{instant(duration(1'000)), wall_time(duration(1'900'000'000'000))};
  store_opening opening_;
  std::string why_;
};

TEST_F(store_directory_test, is_made_for_its_owner_alone_whatever_the_umask) {
  const mode_t before = ::umask(0);
  const auto one = open();
  ::umask(before);
  ASSERT_TRUE(one) << why_;
  EXPECT_TRUE(opening_.created);
  ASSERT_TRUE((*one)->commit(batch_of(put_session{1, "c", "", 1, true, never}), at_));
  EXPECT_EQ(mode_of(directory_), 0700U);
  for (const char* name : {"/nanomq.db", "/nanomq.db-wal", "/nanomq.db-shm", "/lock"}) {
    EXPECT_EQ(mode_of(directory_ + name), 0600U) << name;
  }
}

TEST_F(store_directory_test, makes_a_copy_private_again) {
  make_store();
  ASSERT_EQ(::chmod(file_.c_str(), 0644), 0);
  EXPECT_TRUE(open());
  EXPECT_EQ(mode_of(file_), 0600U);
}

TEST_F(store_directory_test, refuses_a_directory_that_others_can_write_in) {
  ASSERT_EQ(::mkdir(directory_.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(directory_.c_str(), 0770), 0);
  EXPECT_EQ(error_of(), make_error(store_error::unsafe));
  EXPECT_THAT(why_, HasSubstr("other users can write"));
  ASSERT_EQ(::chmod(directory_.c_str(), 0755), 0);
  EXPECT_TRUE(open());
}

TEST_F(store_directory_test, follows_no_symbolic_links) {
  make_store();
  const std::string link = parent_ / "link";
  ASSERT_EQ(::symlink(directory_.c_str(), link.c_str()), 0);
  EXPECT_EQ(error_of({.directory = link}), make_error(store_error::unsafe));
  const std::string elsewhere = parent_ / "elsewhere";
  for (const char* name : {"/nanomq.db", "/nanomq.db-wal", "/nanomq.db-shm", "/lock"}) {
    std::filesystem::remove_all(directory_);
    ASSERT_EQ(::mkdir(directory_.c_str(), 0700), 0);
    ASSERT_EQ(::symlink(elsewhere.c_str(), (directory_ + name).c_str()), 0);
    EXPECT_EQ(error_of(), make_error(store_error::unsafe)) << name;
    EXPECT_THAT(why_, HasSubstr("symbolic link"));
    EXPECT_FALSE(std::filesystem::exists(elsewhere));
  }
}

TEST_F(store_directory_test, refuses_files_with_another_name_or_of_another_kind) {
  make_store();
  const std::string other = parent_ / "other";
  ASSERT_EQ(::link(file_.c_str(), other.c_str()), 0);
  EXPECT_EQ(error_of(), make_error(store_error::unsafe));
  std::filesystem::remove(other);
  std::filesystem::remove(file_);
  ASSERT_EQ(::mkdir(file_.c_str(), 0700), 0);
  EXPECT_EQ(error_of(), make_error(store_error::unsafe));
}

TEST_F(store_directory_test, says_when_the_directory_cannot_be_made) {
  EXPECT_EQ(error_of({.directory = parent_ / "not/there"}), (error{error_domain::sys, ENOENT}));
  EXPECT_THAT(why_, HasSubstr("not/there"));
  std::ofstream(parent_ / "file") << "x";
  EXPECT_EQ(error_of({.directory = parent_ / "file"}), make_error(store_error::unsafe));
}

// THREATS F16
TEST_F(store_directory_test, is_for_one_store_at_a_time) {
  auto first = open();
  ASSERT_TRUE(first);
  EXPECT_EQ(error_of(), make_error(store_error::in_use));
  EXPECT_THAT(why_, HasSubstr("another process"));
  first->reset();
  EXPECT_TRUE(open());
}

// THREATS F16
TEST_F(store_directory_test, is_for_one_process_at_a_time) {
  const auto first = open();
  ASSERT_TRUE(first);
  const pid_t child = ::fork();
  if (child == 0) {
    store_opening opening;
    std::string why;
    const auto second = open_sqlite_store({.directory = directory_}, opening, why);
    ::_exit(!second && second.error() == make_error(store_error::in_use) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE((*first)->commit(batch_of(put_session{1, "c", "", 1, true, never}), at_));
}

TEST_F(store_directory_test, can_be_read_beside_the_one_who_writes) {
  const auto writer = open();
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->commit(batch_of(put_session{1, "c", "", 1, true, never}), at_));
  const auto reader = open({.read_only = true});
  ASSERT_TRUE(reader) << why_;
  EXPECT_THAT(contents_of(**reader, at_), ElementsAre("session 1 c user  expiry 1 connected ends never"));
  ASSERT_TRUE((*writer)->commit(batch_of(remove_session{1}), at_));
  EXPECT_THAT(contents_of(**reader, at_), IsEmpty());
  EXPECT_EQ((*reader)->commit(store_batch{}, at_).error(), make_error(store_error::failed));
  EXPECT_EQ((*reader)->compact().error(), make_error(store_error::failed));
  EXPECT_TRUE((*reader)->check());
}

TEST_F(store_directory_test, is_not_made_by_who_only_reads) {
  EXPECT_EQ(error_of({.read_only = true}), (error{error_domain::sys, ENOENT}));
  ASSERT_EQ(::mkdir(directory_.c_str(), 0700), 0);
  EXPECT_EQ(error_of({.read_only = true}), (error{error_domain::sys, ENOENT}));
  EXPECT_THAT(why_, HasSubstr("no store in this directory"));
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

// What `cp -r` of the directory of a broker that runs gives: the log is not yet in the main file.
TEST_F(store_directory_test, can_be_copied_while_nothing_is_written) {
  const auto writer = open();
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->commit(batch_of(put_session{1, "c", "", 1, true, never}), at_));
  const std::string copy = parent_ / "copy";
  std::filesystem::copy(directory_, copy);
  const auto one = open({.directory = copy, .read_only = true});
  ASSERT_TRUE(one) << why_;
  EXPECT_EQ(contents_of(**one, at_).size(), 1U);
}

// THREATS F15
TEST_F(store_directory_test, refuses_a_newer_format_and_leaves_it_alone) {
  make_store();
  execute("PRAGMA user_version = 2");
  // The header alone says so: that is a flipped bit, and the store is taken over.
  ASSERT_TRUE(open());
  EXPECT_EQ(opening_.lost, 0U);
  EXPECT_NE(opening_.set_aside, "");
  // Header and record say so: CRC-32C of the text "format" and the integer 2, as the store writes it.
  execute("PRAGMA user_version = 2; UPDATE mark SET value = 2, sum = 1541855399 WHERE name = 'format'");
  EXPECT_EQ(error_of(), make_error(store_error::newer_format));
  EXPECT_THAT(why_, HasSubstr("newer version"));
  EXPECT_EQ(error_of({.read_only = true}), make_error(store_error::newer_format));
  EXPECT_TRUE(std::filesystem::exists(file_));
}

// THREATS F15: kept as format 1 was when it was made.
TEST_F(store_directory_test, reads_a_store_of_format_1) {
  ASSERT_EQ(::mkdir(directory_.c_str(), 0700), 0);
  std::filesystem::copy_file(NANOMQ_STORE_SAMPLES "/format-1.db", file_);
  const auto one = open();
  ASSERT_TRUE(one) << why_;
  EXPECT_EQ(opening_.damage, "");
  const auto found = contents_of(**one, at_);
  EXPECT_EQ(found.size(), 12U);
  EXPECT_TRUE(found.contains("session 1 sample user me expiry 3600 connected ends never"));
  EXPECT_TRUE(found.contains("row 2 2 id 7 released qos 2 46 bytes: t=first {} qos 2 expiry never"));
}

TEST_F(store_directory_test, refuses_databases_of_others) {
  ASSERT_EQ(::mkdir(directory_.c_str(), 0700), 0);
  execute("CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
  EXPECT_EQ(error_of(), make_error(store_error::foreign));
  EXPECT_THAT(why_, HasSubstr("not a store of nanomq"));
  execute("SELECT x FROM theirs");
}

TEST_F(store_directory_test, tells_what_is_in_it) {
  const auto one = open();
  ASSERT_TRUE(one);
  const message_ptr body = testing::make_message({});
  ASSERT_TRUE((*one)->commit(
      batch_of(put_session{1, "c", "", 1, true, never}, put_row{testing::make_row(1, 1, 1, body)},
               put_row{testing::make_row(1, 2, 2, body)}, put_unreleased{1, 1}, put_subscription{1, "a", {}},
               put_will{1, body, 0, 0, false, never}, change_retained{body}),
      at_));
  const auto told = (*one)->info();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->kind, "sqlite");
  EXPECT_EQ(told->path, directory_);
  EXPECT_EQ(told->format, 1U);
  EXPECT_EQ(told->level, durability::fsync);
  EXPECT_EQ(told->sessions + told->subscriptions + told->unreleased + told->wills + told->retained, 5U);
  EXPECT_EQ(told->queue_rows, 2U);
  EXPECT_EQ(told->messages, 2U);
  EXPECT_GT(told->log_bytes, 4096U);
  EXPECT_GT((*one)->counts().bytes_written, 4096U);
  EXPECT_EQ((*one)->counts().commits, 1U);
}

TEST_F(store_directory_test, gives_space_back_when_it_is_compacted) {
  const auto one = open();
  ASSERT_TRUE(one);
  store_batch fill;
  ASSERT_TRUE(fill.add(put_session{1, "c", "", 1, true, never}));
  for (queue_sequence at = 1; at <= 200; ++at) {
    ASSERT_TRUE(
        fill.add(put_row{testing::make_row(1, at, at, testing::make_message({.payload = std::string(5'000, 'x')}))}));
  }
  ASSERT_TRUE((*one)->commit(fill, at_));
  ASSERT_TRUE((*one)->commit(batch_of(remove_session{1}), at_));
  ASSERT_TRUE((*one)->compact());
  const auto told = (*one)->info();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->messages, 0U);
  EXPECT_EQ(told->free_bytes, 0U);
  EXPECT_LT(told->file_bytes, 200'000U);
  EXPECT_EQ(told->log_bytes, 0U);
}

TEST_F(store_directory_test, frees_a_long_queue_bit_by_bit) {
  const auto one = open();
  ASSERT_TRUE(one);
  store_batch fill;
  ASSERT_TRUE(fill.add(put_session{1, "c", "", 1, true, never}));
  for (queue_sequence at = 1; at <= 2'500; ++at) {
    ASSERT_TRUE(fill.add(put_row{testing::make_row(1, at, at, testing::make_message({}))}));
  }
  ASSERT_TRUE((*one)->commit(fill, at_));
  ASSERT_TRUE((*one)->commit(batch_of(remove_session{1}), at_));
  EXPECT_THAT(contents_of(**one, at_), IsEmpty());
  int slices = 0;
  while ((*one)->tidy().value_or(false)) ++slices;
  EXPECT_GE(slices, 3);
  EXPECT_EQ((*one)->info().value_or(store_info{}).messages, 0U);
}

TEST_F(store_directory_test, keeps_its_log_short) {
  const auto one = open({.log_bytes = 100'000});
  ASSERT_TRUE(one);
  ASSERT_TRUE((*one)->commit(batch_of(put_session{1, "c", "", 1, true, never}), at_));
  for (queue_sequence at = 1; at <= 300; ++at) {
    const message_ptr body = testing::make_message({.payload = std::string(3'000, 'x')});
    ASSERT_TRUE((*one)->commit(batch_of(put_row{testing::make_row(1, at, at, body)}), at_));
    ASSERT_TRUE((*one)->tidy());
  }
  EXPECT_LT((*one)->info().value_or(store_info{}).log_bytes, 200'000U);
}

}  // namespace
}  // namespace nanolib
