// The store on a disk that fails: at every single operation, for lack of space and for good. THREATS F3
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <memory>

#include "nanolib/cache/memory_store.hpp"
#include "nanolib/cache/sqlite_store.hpp"
#include "store/fault_vfs.hpp"
#include "store/sample_workload.hpp"
#include "store/store_contents.hpp"
#include "store/temporary_directory.hpp"

namespace nanolib {
namespace {

using ::testing::AnyOf;
using testing::contents_of;
using testing::fail_at;
using testing::fault;
using testing::file_event;
using ::testing::IsEmpty;
using testing::operation;
using testing::sample_workload;
using testing::workload_time;

constexpr int commits = 12;
constexpr error no_space = make_error(store_error::no_space);
constexpr error failed = make_error(store_error::failed);

/// What a store holds after each commit of the workload, from the store in memory.
std::vector<std::set<std::string>> expected_contents() {
  std::vector<std::set<std::string>> after;
  sample_workload workload(7);
  const auto reference = open_memory_store();
  after.push_back(contents_of(*reference, workload_time()));
  for (int number = 0; number < commits; ++number) {
    EXPECT_TRUE(reference->commit(workload.next(), workload_time()));
    after.push_back(contents_of(*reference, workload_time()));
  }
  return after;
}

class failing_disk : public ::testing::Test {
 protected:
  /// Small limits, so that checkpoints are among what fails.
  result<std::unique_ptr<store>> open(const std::string& directory, std::uint64_t maximum_bytes = 0) {
    store_opening opening;
    return open_sqlite_store(
        {.directory = directory, .log_bytes = 30'000, .maximum_bytes = maximum_bytes, .vfs = disk_.name()}, opening,
        why_);
  }
  void expect_sound(store& one) {
    const auto wrong = one.check();
    ASSERT_TRUE(wrong);
    EXPECT_THAT(*wrong, IsEmpty());
  }

  std::vector<std::set<std::string>> expected_ = expected_contents();
  testing::fault_vfs disk_;
  std::string why_;
};

/// How many operations the whole workload takes, opening and closing included.
std::uint64_t count_operations(testing::fault_vfs& disk, const std::string& directory) {
  std::string why;
  store_opening opening;
  auto one = open_sqlite_store({.directory = directory, .log_bytes = 30'000, .vfs = disk.name()}, opening, why);
  sample_workload workload(7);
  for (int number = 0; number < commits; ++number) {
    EXPECT_TRUE((*one)->commit(workload.next(), workload_time()));
    EXPECT_TRUE((*one)->tidy());
  }
  one->reset();
  return disk.operations;
}

class full_disk : public failing_disk, public ::testing::WithParamInterface<fault> {};

TEST_P(full_disk, that_is_full_once_at_any_operation_refuses_once_and_loses_nothing) {
  disk_.syncs = false;
  testing::temporary_directory first;
  const std::uint64_t operations = count_operations(disk_, first.path());
  ASSERT_GT(operations, 100U);
  const fault how = GetParam();
  for (std::uint64_t number = 0; number < operations; ++number) {
    SCOPED_TRACE(number);
    const testing::temporary_directory directory;
    disk_.operations = 0;
    disk_.decide = [&, inner = fail_at(number, how)](const operation& one) {
      return one.what == file_event::kind::sync ? fault::none : inner(one);
    };
    auto one = open(directory.path());
    if (!one) {
      // A used-up quota is not told from a broken disk while the files are being made.
      EXPECT_TRUE(one.error() == no_space || how == fault::quota) << why_;
      one = open(directory.path());
      ASSERT_TRUE(one) << why_;
    }
    sample_workload workload(7);
    for (std::size_t done = 1; done <= commits; ++done) {
      const store_batch batch = workload.next();
      const result<void> committed = (*one)->commit(batch, workload_time());
      if (!committed) {
        ASSERT_EQ(committed.error(), no_space) << (*one)->complaint();
        ASSERT_EQ(contents_of(**one, workload_time()), expected_[done - 1]);
        ASSERT_TRUE((*one)->commit(batch, workload_time()));
      }
      (void)(*one)->tidy();
    }
    one->reset();
    one = open(directory.path());
    ASSERT_TRUE(one) << why_;
    ASSERT_EQ(contents_of(**one, workload_time()), expected_.back());
    expect_sound(**one);
  }
}

INSTANTIATE_TEST_SUITE_P(by, full_disk, ::testing::Values(fault::no_space, fault::short_write, fault::quota),
                         [](const auto& how) {
                           if (how.param == fault::no_space) return "no_space";
                           return how.param == fault::quota ? "quota" : "short_write";
                         });

TEST_F(failing_disk, that_breaks_at_any_operation_ends_the_store_and_keeps_what_was_committed) {
  disk_.syncs = false;
  testing::temporary_directory first;
  const std::uint64_t operations = count_operations(disk_, first.path());
  for (std::uint64_t number = 0; number < operations; ++number) {
    SCOPED_TRACE(number);
    const testing::temporary_directory directory;
    disk_.operations = 0;
    disk_.decide = fail_at(number, fault::broken);
    std::size_t acknowledged = 0;
    {
      const auto one = open(directory.path());
      sample_workload workload(7);
      bool ended = !one;
      for (std::size_t done = 1; done <= commits && one; ++done) {
        const result<void> committed = (*one)->commit(workload.next(), workload_time());
        if (committed) {
          // Never again an acknowledgement: who knows what became of the pages that could not be synced.
          ASSERT_FALSE(ended);
          acknowledged = done;
        } else {
          ASSERT_EQ(committed.error(), failed);
          ended = true;
        }
        const auto tidied = (*one)->tidy();
        ended = ended || !tidied;
      }
    }
    disk_.decide = nullptr;
    const auto one = open(directory.path());
    ASSERT_TRUE(one) << why_;
    const auto found = contents_of(**one, workload_time());
    const std::size_t next = std::min<std::size_t>(acknowledged + 1, commits);
    ASSERT_THAT(found, AnyOf(expected_[acknowledged], expected_[next]));
    expect_sound(**one);
  }
}

TEST_F(failing_disk, whose_sync_fails_gets_no_second_chance) {
  const testing::temporary_directory directory;
  const auto one = open(directory.path());
  ASSERT_TRUE(one);
  sample_workload workload(7);
  ASSERT_TRUE((*one)->commit(workload.next(), workload_time()));
  bool fails = true;
  disk_.decide = [&](const operation& asked) {
    return fails && asked.what == file_event::kind::sync ? fault::broken : fault::none;
  };
  EXPECT_EQ((*one)->commit(workload.next(), workload_time()).error(), failed);
  EXPECT_NE((*one)->complaint(), "");
  fails = false;
  EXPECT_EQ((*one)->commit(workload.next(), workload_time()).error(), failed);
  EXPECT_EQ((*one)->tidy().error(), failed);
  EXPECT_EQ((*one)->info().error(), failed);
  EXPECT_EQ((*one)->read_queue(1, 0, 10, {}, workload_time()).error(), failed);
}

// SQLite's own checkpoints would pass over this.
TEST_F(failing_disk, whose_sync_fails_while_the_log_is_moved_ends_the_store_too) {
  const testing::temporary_directory directory;
  const auto one = open(directory.path());
  ASSERT_TRUE(one);
  disk_.decide = [](const operation& asked) {
    return asked.what == file_event::kind::sync && asked.file == "nanomq.db" ? fault::broken : fault::none;
  };
  sample_workload workload(7);
  bool ended = false;
  for (int number = 0; number < 100 && !ended; ++number) {
    ASSERT_TRUE((*one)->commit(workload.next(), workload_time()));
    ended = !(*one)->tidy();
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ((*one)->commit(workload.next(), workload_time()).error(), failed);
}

TEST_F(failing_disk, asks_with_an_empty_commit_whether_there_is_space_again) {
  const testing::temporary_directory directory;
  const auto one = open(directory.path());
  ASSERT_TRUE(one);
  bool full = true;
  disk_.decide = [&](const operation& asked) {
    return full && asked.what == file_event::kind::write ? fault::no_space : fault::none;
  };
  EXPECT_EQ((*one)->commit(store_batch{}, workload_time()).error(), no_space);
  EXPECT_EQ((*one)->commit(store_batch{}, workload_time()).error(), no_space);
  EXPECT_EQ((*one)->counts().refused, 2U);
  full = false;
  EXPECT_TRUE((*one)->commit(store_batch{}, workload_time()));
}

TEST_F(failing_disk, refuses_beyond_the_size_that_it_may_have_and_recovers) {
  const testing::temporary_directory directory;
  const auto one = open(directory.path(), 400'000);
  ASSERT_TRUE(one);
  ASSERT_TRUE((*one)->commit(testing::batch_of(put_session{1, "c", "", 1, true, never}), workload_time()));
  queue_sequence at = 0;
  const auto put = [&] {
    ++at;
    const message_ptr body = testing::make_message({.payload = std::string(2'000, 'x')});
    return (*one)->commit(testing::batch_of(put_row{testing::make_row(1, at, at, body)}), workload_time());
  };
  result<void> last;
  while (last && at < 1'000) last = put();
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error(), no_space);
  EXPECT_GT(at, 100U);
  for (queue_sequence gone = 1; gone < 20; ++gone) {
    ASSERT_TRUE((*one)->commit(testing::batch_of(remove_row{1, gone, {}}), workload_time()));
  }
  EXPECT_TRUE(put());
  expect_sound(**one);
}

// The file size limit of the process is met as EFBIG, which no SQLite takes for a full disk.
TEST_F(failing_disk, takes_the_limit_of_a_file_s_size_for_a_full_disk) {
  const testing::temporary_directory directory;
  const auto one = open(directory.path());
  ASSERT_TRUE(one);
  ASSERT_TRUE((*one)->commit(testing::batch_of(put_session{1, "c", "", 1, true, never}), workload_time()));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 200'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto put = [&](queue_sequence at) {
    const message_ptr body = testing::make_message({.payload = std::string(20'000, 'x')});
    return (*one)->commit(testing::batch_of(put_row{testing::make_row(1, at, at, body)}), workload_time());
  };
  result<void> last;
  queue_sequence at = 0;
  while (last && at < 100) last = put(++at);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error(), no_space) << (*one)->complaint();
  EXPECT_TRUE(put(at));
  expect_sound(**one);
}

}  // namespace
}  // namespace nanolib
