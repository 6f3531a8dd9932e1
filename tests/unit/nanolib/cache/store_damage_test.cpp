// Files that are not what was written: the store is opened all the same, gives back nothing that was not put into it, and
// says that something is missing. THREATS 38, F17
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>

#include "nanolib/cache/sqlite_store.hpp"
#include "store/fault_vfs.hpp"
#include "store/sample_workload.hpp"
#include "store/store_contents.hpp"
#include "store/temporary_directory.hpp"

namespace nanolib {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::sample_workload;
using testing::store_contents;
using testing::workload_time;

using content = std::vector<char>;

content read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const content& what) {
  std::ofstream(path, std::ios::binary).write(what.data(), static_cast<std::streamsize>(what.size()));
}

/// What could be read, and whether the store said that there is less than there was.
struct findings {
  std::set<std::string> records;
  bool admitted = false;
  bool failed = false;  ///< the store met damage in its structure
};

class lost_file : public ::testing::Test {
 protected:
  result<std::unique_ptr<store>> open() {
    opening_ = {};
    return open_sqlite_store({.directory = directory_.path()}, opening_, why_);
  }
  static result<void> change(store& one) {
    return one.commit(testing::batch_of(put_session{1, "c", "", 1, true, never}), workload_time());
  }

  testing::temporary_directory directory_;
  store_opening opening_;
  std::string why_;
};

TEST_F(lost_file, that_was_removed_or_replaced_under_a_store_ends_it) {
  for (const char* name : {"nanomq.db-wal", "nanomq.db"}) {
    auto one = open();
    ASSERT_TRUE(one) << why_;
    ASSERT_TRUE(change(**one));
    fs::rename(directory_ / name, directory_ / "away");
    EXPECT_EQ(change(**one).error(), make_error(store_error::failed)) << name;
    EXPECT_THAT((*one)->complaint(), HasSubstr("removed"));
    one->reset();
    fs::rename(directory_ / "away", directory_ / name);
  }
}

TEST_F(lost_file, that_was_the_log_is_missed_at_the_next_start) {
  const testing::temporary_directory copy;
  {
    auto one = open();
    ASSERT_TRUE(one) << why_;
    ASSERT_TRUE(change(**one));
    fs::copy(directory_.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  ASSERT_TRUE(open());
  EXPECT_TRUE(opening_.damage.empty()) << opening_.damage;
  fs::remove(copy / "nanomq.db-wal");
  ASSERT_TRUE(open_sqlite_store({.directory = copy.path()}, opening_, why_)) << why_;
  EXPECT_THAT(opening_.damage, HasSubstr("log is missing"));
  EXPECT_FALSE(opening_.set_aside.empty());
  // It has been told once.
  ASSERT_TRUE(open_sqlite_store({.directory = copy.path()}, opening_ = {}, why_)) << why_;
  EXPECT_TRUE(opening_.damage.empty()) << opening_.damage;
}

class damaged_store : public ::testing::Test {
 protected:
  damaged_store() {
    disk_.syncs = false;
    // One image after everything was moved into the main file, one with the last commits in the log.
    const testing::temporary_directory made;
    sample_workload workload(3);
    for (int round = 0; round < 2; ++round) {
      auto one = open(made.path());
      for (int number = 0; number < 25; ++number) EXPECT_TRUE((*one)->commit(workload.next(), workload_time()));
      if (round == 1) {
        early_main_ = read_file(made / "nanomq.db");
        log_ = read_file(made / "nanomq.db-wal");
      }
      records_ = look_at(**one).records;
      one->reset();
      main_ = read_file(made / "nanomq.db");
    }
  }

  result<std::unique_ptr<store>> open(const std::string& directory, std::uint64_t check_bytes = 1U << 30U) {
    opening_ = {};
    return open_sqlite_store({.directory = directory, .check_bytes = check_bytes, .vfs = disk_.name()}, opening_, why_);
  }

  /// Sessions, subscriptions, rows and so on; not the lines that count them.
  static findings look_at(store& one) {
    findings found;
    store_contents all;
    all.now = workload_time().now;
    const auto loaded = one.load(workload_time(), all);
    found.failed = !loaded;
    if (!loaded) return found;
    found.admitted = loaded->damaged > 0;
    for (const std::string& line : all.lines) {
      if (!line.starts_with("queue ")) found.records.insert(line);
    }
    for (const auto& [session, extent] : all.queues) {
      const auto window = one.read_queue(session, 0, extent.last + 1, {1U << 20U, 1U << 30U}, workload_time());
      found.failed = !window;
      if (!window) return found;
      found.admitted = found.admitted || window->damaged > 0;
      for (const std::string& line : testing::lines_of(*window, all.now)) {
        found.records.insert("row " + std::to_string(session) + " " + line);
      }
    }
    return found;
  }

  /// Opens what lies there; what it holds is part of what it held, and less only if that is admitted.
  void expect_honest(const std::string& directory, std::uint64_t check_bytes = 1U << 30U) {
    auto one = open(directory, check_bytes);
    ASSERT_TRUE(one) << why_;
    findings found = look_at(**one);
    if (found.failed) {  // met while it was used: the next start deals with it
      ASSERT_EQ(check_bytes, 0U);
      one->reset();
      one = open(directory, check_bytes);
      ASSERT_TRUE(one) << why_;
      ASSERT_NE(opening_.set_aside, "");
      found = look_at(**one);
    }
    ASSERT_FALSE(found.failed) << (*one)->complaint();
    // A deadline is forgotten, not made up, when it is not known any more which day its clock began.
    std::vector<std::string> invented;
    for (const std::string& line : found.records) {
      const bool is_known =
          records_.contains(line) || (line.ends_with(" never") && std::ranges::any_of(records_, [&](const auto& known) {
                                        return known.starts_with(line.substr(0, line.size() - 5));
                                      }));
      if (!is_known) invented.push_back(line);
    }
    EXPECT_THAT(invented, IsEmpty());
    EXPECT_TRUE(found.admitted || opening_.set_aside != "" || found.records == records_);
    if (opening_.set_aside != "") {
      EXPECT_TRUE(fs::exists(opening_.set_aside));
      EXPECT_NE(opening_.damage, "");
      EXPECT_TRUE(opening_.lost > 0 || opening_.lost_uncounted || opening_.lost_commits > 0 ||
                  found.records == records_);
    }
    // And it works.
    EXPECT_TRUE(
        (*one)->commit(testing::batch_of(put_session{1'000'000'000, "new", "", 1, true, never}), workload_time()));
    one->reset();
    one = open(directory);
    ASSERT_TRUE(one) << why_;
    EXPECT_EQ(look_at(**one).records.size(), found.records.size() + 1);
  }

  static void flip(content& in, std::mt19937& random, int bits) {
    for (; bits > 0; --bits) {
      char& byte = in[random() % in.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
  }

  testing::fault_vfs disk_;
  store_opening opening_;
  std::string why_;
  content main_;
  content early_main_;
  content log_;
  std::set<std::string> records_;
};

TEST_F(damaged_store, with_1_to_100_flipped_bits_is_opened_and_tells_no_lies) {
  std::mt19937 random(11);
  for (int bits = 1; bits <= 100; ++bits) {
    for (const std::uint64_t check_bytes : {std::uint64_t{1} << 30U, std::uint64_t{0}}) {
      SCOPED_TRACE(bits);
      const testing::temporary_directory directory;
      content image = main_;
      flip(image, random, bits);
      write_file(directory / "nanomq.db", image);
      expect_honest(directory.path(), check_bytes);
    }
  }
}

TEST_F(damaged_store, with_any_one_byte_of_its_first_page_changed_is_opened) {
  for (std::size_t at = 0; at < 128; ++at) {
    SCOPED_TRACE(at);
    const testing::temporary_directory directory;
    content image = main_;
    image[at] = static_cast<char>(image[at] ^ 0x55);
    write_file(directory / "nanomq.db", image);
    expect_honest(directory.path());
  }
}

TEST_F(damaged_store, cut_short_at_any_page_is_opened) {
  for (std::size_t size = 0; size < main_.size(); size += 4096) {
    SCOPED_TRACE(size);
    const testing::temporary_directory directory;
    write_file(directory / "nanomq.db", content(main_.begin(), main_.begin() + static_cast<std::ptrdiff_t>(size)));
    expect_honest(directory.path());
  }
}

// Raspberry Pis have been seen to find their database all zero after the power had gone.
TEST_F(damaged_store, of_zeros_or_of_noise_is_opened) {
  std::mt19937 random(5);
  content noise(50'000);
  for (char& byte : noise) byte = static_cast<char>(random());
  for (const content& image : {content(main_.size(), '\0'), noise, content(1, 'x'), content(100, 'S')}) {
    const testing::temporary_directory directory;
    write_file(directory / "nanomq.db", image);
    expect_honest(directory.path());
  }
}

TEST_F(damaged_store, with_flipped_bits_in_its_log_is_opened_and_tells_no_lies) {
  std::mt19937 random(17);
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE(round);
    const testing::temporary_directory directory;
    content image = log_;
    flip(image, random, 1 + round % 5);
    write_file(directory / "nanomq.db", early_main_);
    write_file(directory / "nanomq.db-wal", image);
    auto one = open(directory.path());
    ASSERT_TRUE(one) << why_;
    // What lies behind the damage is older state, not wrong state. The very last commit may be taken for one that was
    // cut short by a power cut; whatever else is missing is admitted.
    if (opening_.lost_commits == 0 && opening_.set_aside == "") {
      EXPECT_GE(look_at(**one).records.size() + 20, records_.size());
    } else {
      EXPECT_THAT(opening_.damage, HasSubstr("log"));
      EXPECT_TRUE(fs::exists(opening_.set_aside + "-wal"));
    }
  }
}

TEST_F(damaged_store, whose_log_lost_its_end_is_what_a_power_cut_leaves) {
  for (std::size_t size = 0; size < log_.size(); size += 2'777) {
    const testing::temporary_directory directory;
    write_file(directory / "nanomq.db", early_main_);
    write_file(directory / "nanomq.db-wal", content(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(size)));
    const auto one = open(directory.path());
    ASSERT_TRUE(one) << why_;
    EXPECT_EQ(opening_.set_aside, "");
    EXPECT_THAT((*one)->check().value_or(std::vector<std::string>{"?"}), IsEmpty());
  }
}

TEST_F(damaged_store, whose_main_file_is_missing_keeps_the_log_for_whoever_can_read_it) {
  const testing::temporary_directory directory;
  write_file(directory / "nanomq.db-wal", log_);
  const auto one = open(directory.path());
  ASSERT_TRUE(one) << why_;
  EXPECT_THAT(opening_.damage, HasSubstr("main file is missing"));
  EXPECT_EQ(read_file(opening_.set_aside + "-wal"), log_);
}

TEST_F(damaged_store, with_another_store_s_log_does_not_mix_them) {
  const testing::temporary_directory directory;
  const testing::temporary_directory other;
  {
    auto one = open(other.path());
    ASSERT_TRUE((*one)->commit(testing::batch_of(put_session{9, "other", "", 1, true, never}), workload_time()));
    fs::copy_file(other / "nanomq.db-wal", directory / "nanomq.db-wal");
  }
  write_file(directory / "nanomq.db", main_);
  const auto one = open(directory.path());
  ASSERT_TRUE(one) << why_;
  // Both together are a database that nobody wrote: it is told, or it is one of the two.
  const findings found = look_at(**one);
  EXPECT_TRUE(opening_.set_aside != "" || found.records == records_ || found.records.size() == 1U);
}

TEST_F(damaged_store, gives_one_message_up_and_not_the_rest) {
  const testing::temporary_directory directory;
  auto one = open(directory.path());
  ASSERT_TRUE(one);
  store_batch batch;
  ASSERT_TRUE(batch.add(put_session{1, "c", "", 1, true, never}));
  for (queue_sequence at = 1; at <= 3; ++at) {
    const std::string payload = "payload number " + std::to_string(at);
    ASSERT_TRUE(batch.add(put_row{testing::make_row(1, at, at, testing::make_message({.payload = payload}))}));
  }
  ASSERT_TRUE((*one)->commit(batch, workload_time()));
  one->reset();
  content image = read_file(directory / "nanomq.db");
  const std::string wanted = "payload number 2";
  const auto at = std::search(image.begin(), image.end(), wanted.begin(), wanted.end());
  ASSERT_NE(at, image.end());
  *at = 'q';
  write_file(directory / "nanomq.db", image);
  one = open(directory.path());
  ASSERT_TRUE(one);
  EXPECT_EQ(opening_.set_aside, "");
  const auto window = (*one)->read_queue(1, 0, 10, {}, workload_time());
  ASSERT_TRUE(window);
  EXPECT_EQ(window->damaged, 1U);
  ASSERT_EQ(window->rows.size(), 2U);
  EXPECT_EQ(window->rows[1].sequence, 3U);
  EXPECT_EQ((*one)->counts().damaged, 1U);
  const auto told = (*one)->check();
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, ::testing::ElementsAre("message 2: wrong checksum"));
  // It leaves like any other.
  EXPECT_TRUE((*one)->commit(testing::batch_of(remove_row{1, 2, {}}), workload_time()));
  EXPECT_THAT((*one)->check().value_or(std::vector<std::string>{"?"}), IsEmpty());
}

TEST_F(damaged_store, that_is_found_out_while_it_is_used_is_set_aside_at_the_next_start) {
  const testing::temporary_directory directory;
  write_file(directory / "nanomq.db", main_);
  auto one = open(directory.path(), 0);
  ASSERT_TRUE(one);
  {
    // Behind the store's back, and behind its cache.
    content image = main_;
    std::fill(image.begin() + 4096, image.end(), '\xEE');
    const int file = ::open((directory / "nanomq.db").c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_EQ(::pwrite(file, image.data(), image.size(), 0), static_cast<ssize_t>(image.size()));
    ::close(file);
  }
  sample_workload workload(3);
  result<void> last;
  for (int number = 0; number < 50 && last; ++number) last = (*one)->commit(workload.next(), workload_time());
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error(), make_error(store_error::failed));
  EXPECT_TRUE(fs::exists(directory / "nanomq.db.suspect"));
  one->reset();
  one = open(directory.path(), 0);
  ASSERT_TRUE(one) << why_;
  EXPECT_NE(opening_.set_aside, "");
  EXPECT_FALSE(fs::exists(directory / "nanomq.db.suspect"));
}

TEST_F(damaged_store, is_not_touched_by_who_only_reads) {
  const testing::temporary_directory directory;
  content image = main_;
  std::fill(image.begin() + 8192, image.begin() + 12'288, '\x77');
  write_file(directory / "nanomq.db", image);
  auto one = open_sqlite_store({.directory = directory.path(), .read_only = true, .vfs = disk_.name()}, opening_, why_);
  ASSERT_TRUE(one) << why_;
  EXPECT_NE(opening_.damage, "");
  EXPECT_EQ(opening_.set_aside, "");
  const auto told = (*one)->check();
  ASSERT_TRUE(told);
  EXPECT_FALSE(told->empty());
  EXPECT_EQ(read_file(directory / "nanomq.db"), image);
}

// A crash while a damaged database gives way to what was read of it.
TEST_F(damaged_store, gives_way_completely_or_not_at_all) {
  content broken = main_;
  std::fill(broken.begin() + 100, broken.begin() + 4096, '\0');
  const auto check = [&](bool has_database, bool has_log, bool has_replacement, bool has_salvaged) {
    const testing::temporary_directory directory;
    if (has_database) write_file(directory / "nanomq.db", broken);
    if (has_log) write_file(directory / "nanomq.db-wal", content(10, 'x'));
    if (has_replacement) write_file(directory / "nanomq.db.new", content(5'000, 'x'));
    if (has_salvaged) write_file(directory / "nanomq.db.salvaged", main_);
    const auto one = open(directory.path());
    ASSERT_TRUE(one) << why_;
    EXPECT_FALSE(fs::exists(directory / "nanomq.db.new"));
    EXPECT_FALSE(fs::exists(directory / "nanomq.db.salvaged"));
    EXPECT_EQ(look_at(**one).records, has_salvaged ? records_ : std::set<std::string>{});
  };
  check(true, true, true, false);    // while it was being made
  check(true, true, false, true);    // complete, nothing was moved yet
  check(true, false, false, true);   // the log was moved
  check(false, false, false, true);  // both were moved
}

}  // namespace
}  // namespace nanolib
