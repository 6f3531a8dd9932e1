#include "pid_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>

#include "file_size_limit.hpp"

namespace nanomq::program {
namespace {

std::string fresh_path() {
  auto path = ::testing::TempDir() + "nanomq_pid_test_" + std::to_string(::getpid());
  ::unlink(path.c_str());
  return path;
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What `look` returns in another process: fcntl locks are invisible to their owner, and it loses them when it closes any
// descriptor of the file.
template <class Look>
int in_another_process(Look look) {
  const auto child = ::fork();
  if (child == 0) ::_exit(look());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(pid_file, holds_the_pid_and_what_status_shows) {
  const auto path = fresh_path();
  {
    pid_t holder = 0;
    auto file = pid_file::acquire(path, holder);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write_state({{"listen", "a"}, {"listen", "b=c"}}));
    EXPECT_EQ(in_another_process([&, owner = ::getpid()] {
                const auto found = find_running(path);
                const bool right = found && found->pid == owner && found->state.count("listen") == 2 &&
                                   found->state.rbegin()->second == "b=c";
                return right ? 0 : 1;
              }),
              0);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(pid_file, is_not_whole_while_the_disk_is_full) {
  const auto path = fresh_path();
  pid_t holder = 0;
  auto file = pid_file::acquire(path, holder);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write_state({{"listen", std::string(100, 'x')}}));
  {
    const nanomq::test::file_size_limit full(50);
    EXPECT_FALSE(file->write_state({{"listen", std::string(200, 'x')}}));
  }
  EXPECT_EQ(in_another_process([&] {
              const auto found = find_running(path);
              return found && found->pid > 0 && !found->is_whole ? 0 : 1;
            }),
            0);
  EXPECT_EQ(contents(path).size(), 50U);  // which gives up the lock: only now
  EXPECT_TRUE(file->write_state({}));
  EXPECT_EQ(contents(path), std::to_string(::getpid()) + "\n\n");
}

TEST(pid_file, is_refused_while_another_process_holds_it) {
  const auto path = fresh_path();
  pid_t none = 0;
  const auto file = pid_file::acquire(path, none);
  ASSERT_TRUE(file);
  EXPECT_EQ(in_another_process([&, owner = ::getpid()] {
              pid_t holder = 0;
              const auto second = pid_file::acquire(path, holder);
              return !second && second.error().code == EAGAIN && holder == owner ? 0 : 1;
            }),
            0);
}

TEST(pid_file, takes_over_what_a_crash_left_behind) {
  const auto path = fresh_path();
  std::ofstream(path) << "1\nlisten=mqtt-tcp://127.0.0.1:1883\nshards=2\n";
  EXPECT_EQ(find_running(path).error().code, ESRCH);
  pid_t holder = 0;
  const auto file = pid_file::acquire(path, holder);
  ASSERT_TRUE(file);
  EXPECT_EQ(contents(path), std::to_string(::getpid()) + "\n\n") << "the empty line says that nothing is missing";
}

TEST(pid_file, is_its_owners_alone_whoever_could_read_the_one_before) {
  const auto path = fresh_path();
  const auto mode = [&] {
    struct stat about{};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 07777U : 0U;
  };
  pid_t holder = 0;
  {
    const auto file = pid_file::acquire(path, holder);
    ASSERT_TRUE(file);
    EXPECT_EQ(mode(), 0600U);
  }
  std::ofstream(path) << "1\n";
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  const auto file = pid_file::acquire(path, holder);
  ASSERT_TRUE(file);
  EXPECT_EQ(mode(), 0600U);
}

TEST(pid_file, refuses_links) {
  const auto path = fresh_path();
  const auto target = path + "_target";
  std::ofstream(target) << "precious";
  ASSERT_EQ(::symlink(target.c_str(), path.c_str()), 0);
  pid_t holder = 0;
  EXPECT_EQ(pid_file::acquire(path, holder).error().code, ELOOP);
  EXPECT_EQ(find_running(path).error().code, ELOOP);
  ::unlink(path.c_str());
  ASSERT_EQ(::link(target.c_str(), path.c_str()), 0);
  EXPECT_EQ(pid_file::acquire(path, holder).error().code, EPERM);
  EXPECT_EQ(contents(target), "precious");
  ::unlink(path.c_str());
  ::unlink(target.c_str());
}

TEST(pid_file, distrusts_a_file_that_names_another_process_than_its_holder) {
  const auto path = fresh_path();
  pid_t none = 0;
  const auto file = pid_file::acquire(path, none);
  ASSERT_TRUE(file);
  for (const std::string text : {"1\n", "0\n", "-1\n", "", "x\n", "99999999999999999999\n"}) {
    EXPECT_EQ(in_another_process([&] {
                std::ofstream(path, std::ios::trunc) << text;
                const auto found = find_running(path);
                return !found && found.error().code == EPERM ? 0 : 1;
              }),
              0)
        << text;
  }
}

TEST(pid_file, wants_its_directory_to_be_its_own) {
  const auto base = fresh_path();
  ASSERT_TRUE(make_pid_directory(base + "/nanomq.pid"));
  struct stat about{};
  ASSERT_EQ(::stat(base.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
  ASSERT_TRUE(make_pid_directory(base + "/nanomq.pid"));
  ASSERT_EQ(::chmod(base.c_str(), 0777), 0);
  EXPECT_EQ(make_pid_directory(base + "/nanomq.pid").error().code, EPERM);
  ASSERT_EQ(::rename(base.c_str(), (base + "_real").c_str()), 0);
  ASSERT_EQ(::symlink((base + "_real").c_str(), base.c_str()), 0);
  EXPECT_EQ(make_pid_directory(base + "/nanomq.pid").error().code, EPERM);
  ::unlink(base.c_str());
  ::rmdir((base + "_real").c_str());
}

}  // namespace
}  // namespace nanomq::program
