#include "nanomq/admin/control_client.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <thread>

#include "control_peer.hpp"

namespace nanomq::admin {
namespace {

/// Listens, and answers one connection with these bytes after its first line.
class fixed_answer {
 public:
  fixed_answer(const std::string& path, std::string answer) : descriptor_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
    EXPECT_EQ(::listen(descriptor_, 4), 0);
    thread_ = std::thread([this, bytes = std::move(answer)] {
      const int one = ::accept(descriptor_, nullptr, nullptr);
      char c = 0;
      while (::recv(one, &c, 1, 0) == 1 && c != '\n') {
      }
      (void)::send(one, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::close(one);
    });
  }
  fixed_answer(const fixed_answer&) = delete;
  fixed_answer& operator=(const fixed_answer&) = delete;
  ~fixed_answer() {
    thread_.join();
    ::close(descriptor_);
  }

 private:
  int descriptor_;
  std::thread thread_;
};

TEST_F(control_test, client_has_the_answer_and_its_lines_for_people) {
  start();
  const auto answer = ask_control(path(), "{\"command\":\"echo\",\"text\":\"hi\"}");
  ASSERT_TRUE(answer) << nanolib::describe(answer.error());
  EXPECT_TRUE(answer->ok);
  EXPECT_EQ(answer->line, "{\"ok\":true,\"echo\":\"hi\",\"text\":\"heard\\n\"}");
  EXPECT_EQ(answer->text, "heard\n");
  EXPECT_EQ(answer->exit_status, 0);
}

TEST_F(control_test, client_has_the_refusal_and_its_exit_status) {
  start();
  const auto answer = ask_control(path(), "{\"command\":\"no\"}");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->ok);
  EXPECT_EQ(answer->error, "not today");
  EXPECT_EQ(answer->exit_status, 7);
}

TEST_F(control_test, client_takes_a_long_answer) {
  start();
  const auto answer = ask_control(path(), "{\"command\":\"large\",\"size\":5000000}");
  ASSERT_TRUE(answer) << nanolib::describe(answer.error());
  EXPECT_GT(answer->line.size(), 5'000'000U);
}

TEST(control_client, says_that_nobody_is_there) {
  const own_folder folder;
  EXPECT_EQ(ask_control(folder.file("none"), "{}").error().code, ENOENT);
  EXPECT_EQ(ask_control(folder.file(std::string(200, 'x')), "{}").error().code, ENAMETOOLONG);
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  folder.file("left").copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(left);
  EXPECT_EQ(ask_control(folder.file("left"), "{}").error().code, ECONNREFUSED);
}

TEST(control_client, takes_nothing_that_is_no_answer) {
  for (const char* bytes : {"", "{\"ok\":true}", "ok\n", "{}\n", "{\"ok\":1}\n", "{\"ok\":true\n"}) {
    const own_folder folder;
    const fixed_answer server(folder.file("s"), bytes);
    const auto answer = ask_control(folder.file("s"), "{}");
    ASSERT_FALSE(answer) << bytes;
    EXPECT_EQ(answer.error().code, EPROTO) << bytes;
  }
}

TEST(control_client, ends_with_a_sensible_status_whatever_it_is_told) {
  for (const char* status : {"0", "-1", "1000", "\"x\""}) {
    const own_folder folder;
    const fixed_answer server(folder.file("s"),
                              std::string("{\"ok\":false,\"error\":\"e\",\"exit_status\":") + status + "}\n");
    const auto answer = ask_control(folder.file("s"), "{}");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->exit_status, 1) << status;
  }
}

TEST_F(control_test, client_gives_up_in_its_time) {
  const int deaf = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path().copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(deaf, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(::listen(deaf, 4), 0);
  EXPECT_EQ(ask_control(path(), "{}", nanolib::duration(50)).error().code, ETIMEDOUT);
  ::close(deaf);
}

TEST_F(control_test, client_does_not_talk_to_another_users_socket) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root, who can be somebody else";
  ASSERT_EQ(::chmod(folder_.file("").c_str(), 0777), 0);
  ASSERT_EQ(::seteuid(65'533), 0);  // whoever listens is who the system names
  start();
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65'534, 65'534, 65'534) != 0) ::_exit(0);
    const auto answer = ask_control(path(), "{\"command\":\"commands\"}");
    ::_exit(answer ? 0 : answer.error().code);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == EPERM);
  EXPECT_EQ(server_.counts().requests.get(), 0U);
}

}  // namespace
}  // namespace nanomq::admin
