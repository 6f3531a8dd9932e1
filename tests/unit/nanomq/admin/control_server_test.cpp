#include "nanomq/admin/control_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "control_peer.hpp"

namespace nanomq::admin {
namespace {

constexpr std::string_view echo = "{\"command\":\"echo\",\"text\":\"hi\"}\n";
constexpr std::string_view echoed = "{\"ok\":true,\"echo\":\"hi\",\"text\":\"heard\\n\"}\n";

TEST_F(control_test, answers_each_line_with_a_line) {
  start();
  raw_peer peer(path());
  ASSERT_TRUE(peer.send(echo));
  EXPECT_EQ(peer.line(), echoed);
  ASSERT_TRUE(peer.send("\r\n \n" + std::string(echo) + "{\"command\":\"no\"}\r\n" + std::string(echo)));
  EXPECT_EQ(peer.line(), echoed);
  EXPECT_EQ(peer.line(), "{\"ok\":false,\"error\":\"not today\",\"exit_status\":7}\n");
  EXPECT_EQ(peer.line(), echoed);
  EXPECT_EQ(server_.counts().requests.get(), 4U);
  EXPECT_EQ(server_.counts().refused_requests.get(), 1U);
}

TEST_F(control_test, answers_a_line_that_comes_byte_by_byte) {
  start();
  raw_peer peer(path());
  for (const char c : echo) ASSERT_TRUE(peer.send({&c, 1}));
  EXPECT_EQ(peer.line(), echoed);
}

TEST_F(control_test, answers_a_peer_that_says_nothing_more) {
  start();
  raw_peer peer(path());
  ASSERT_TRUE(peer.send(echo));
  peer.finish();
  EXPECT_EQ(peer.line(), echoed);
  EXPECT_EQ(peer.line(), "");
}

TEST_F(control_test, does_nothing_for_a_line_that_is_cut_at_any_byte) {
  start();
  for (std::size_t size = 0; size < echo.size(); ++size) {
    raw_peer peer(path());
    ASSERT_TRUE(peer.send(echo.substr(0, size)));
    peer.finish();
    EXPECT_EQ(peer.line(), "") << size;
  }
  EXPECT_EQ(server_.counts().requests.get(), 0U);
}

TEST_F(control_test, refuses_what_is_no_request_and_goes_on) {
  start();
  raw_peer peer(path());
  std::string binary;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '\n') binary += static_cast<char>(byte);
  }
  std::string deep = R"({"command":"echo","text":)";
  deep.append(50'000, '[');
  for (const std::string& line : {std::string("status"), std::string("{}"), binary, deep, std::string(1'000, '\0')}) {
    ASSERT_TRUE(peer.send(line + "\n"));
    EXPECT_NE(peer.line().find("{\"ok\":false,\"error\":\"a request "), std::string::npos);
  }
  ASSERT_TRUE(peer.send("{\"command\":\"nothing\"}\n{\"command\":\"echo\",\"txt\":\"hi\"}\n" + std::string(echo)));
  EXPECT_EQ(peer.line(), "{\"ok\":false,\"error\":\"unknown command: nothing\",\"exit_status\":2}\n");
  EXPECT_EQ(peer.line(), "{\"ok\":false,\"error\":\"echo has no parameter txt\",\"exit_status\":2}\n");
  EXPECT_EQ(peer.line(), echoed);
}

// THREATS 88.
TEST_F(control_test, ends_a_connection_with_a_line_that_is_too_long) {
  start({.longest_line = 1'000});
  raw_peer peer(path());
  ASSERT_TRUE(peer.send(std::string(1'000, ' ')));
  ASSERT_TRUE(peer.send(" "));
  EXPECT_EQ(peer.line(), "{\"ok\":false,\"error\":\"the request is too long\",\"exit_status\":2}\n");
  EXPECT_EQ(peer.line(), "");
  raw_peer other(path());
  const std::string request(echo);
  ASSERT_TRUE(other.send(std::string(1'001 - request.size(), ' ') + request));
  EXPECT_EQ(other.line(), echoed);
}

TEST_F(control_test, refuses_an_answer_that_is_too_long) {
  start({.longest_answer = 1'000});
  raw_peer peer(path());
  ASSERT_TRUE(peer.send("{\"command\":\"large\",\"size\":1000}\n"));
  EXPECT_EQ(peer.line(), "{\"ok\":false,\"error\":\"the answer is too long; ask for less\",\"exit_status\":1}\n");
}

TEST_F(control_test, makes_a_refusal_of_an_exception) {
  start();
  raw_peer peer(path());
  ASSERT_TRUE(peer.send("{\"command\":\"throw\"}\n"));
  EXPECT_EQ(peer.line(), "{\"ok\":false,\"error\":\"it failed: oh\",\"exit_status\":1}\n");
}

TEST_F(control_test, waits_for_a_peer_that_reads_slowly) {
  start();
  raw_peer peer(path());
  constexpr int answers = 5;
  std::string all;
  for (int i = 0; i < answers; ++i) all += "{\"command\":\"large\",\"size\":1000000}\n";
  ASSERT_TRUE(peer.send(all));
  for (int i = 0; i < answers; ++i)
    EXPECT_EQ(peer.line().size(), 1'000'000 + std::string_view("{\"ok\":true,\"x\":\"\"}\n").size());
}

TEST_F(control_test, does_not_carry_out_what_comes_while_nobody_reads) {
  start({.patience = nanolib::duration(200)});
  raw_peer peer(path());
  std::string all;
  for (int i = 0; i < 1'000; ++i) all += "{\"command\":\"large\",\"size\":1000000}\n";
  (void)peer.send(all);  // a part of it may find the connection closed
  while (server_.counts().timeouts.get() == 0) std::this_thread::yield();
  EXPECT_LT(server_.counts().requests.get(), 100U);
}

TEST_F(control_test, ends_a_connection_that_says_nothing_in_its_time) {
  start({.patience = nanolib::duration(100)});
  raw_peer silent(path());
  raw_peer slow(path());
  (void)slow.send("{\"comm");  // may find the connection closed
  EXPECT_EQ(silent.line(), "");
  EXPECT_EQ(slow.line(), "");
  EXPECT_EQ(server_.counts().timeouts.get(), 2U);
}

TEST_F(control_test, has_a_bound_on_connections_and_room_again_when_one_goes) {
  start({.most_connections = 3});
  std::vector<std::unique_ptr<raw_peer>> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<raw_peer>(path()));
    ASSERT_TRUE(peers.back()->send(echo));
    EXPECT_EQ(peers.back()->line(), echoed);
  }
  raw_peer fourth(path());
  EXPECT_EQ(fourth.line(), "{\"ok\":false,\"error\":\"too many connections\",\"exit_status\":1}\n");
  EXPECT_EQ(server_.counts().refused_connections.get(), 1U);
  peers.clear();
  for (bool answered = false; !answered;) {
    raw_peer again(path());
    (void)again.send(echo);
    answered = again.line() == echoed;
  }
}

TEST_F(control_test, lists_its_commands) {
  start();
  raw_peer peer(path());
  ASSERT_TRUE(peer.send("{\"command\":\"commands\"}\n"));
  const auto line = peer.line();
  EXPECT_NE(line.find("{\"command\":\"echo\",\"parameters\":[\"text\",\"more\"]}"), std::string::npos) << line;
  EXPECT_NE(line.find("\"text\":\"echo\\nlarge\\nno\\nthrow\\n\""), std::string::npos) << line;
}

// THREATS 81, 86, 88.
TEST_F(control_test, has_a_socket_that_is_its_users_alone_and_goes_with_it) {
  start();
  struct stat file{};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  server_.stop();
  EXPECT_NE(::stat(path().c_str(), &file), 0);
  server_.stop();
}

TEST_F(control_test, replaces_the_socket_of_a_crash_and_no_other_file) {
  const pid_t child = ::fork();
  if (child == 0) {
    control_server other;
    ::_exit(other.start({.path = path()}) ? 0 : 1);  // without stop(): the socket stays
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  struct stat file{};
  ASSERT_EQ(::stat(path().c_str(), &file), 0);
  start();
  control_server second;
  const auto taken = second.start({.path = path()});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, EADDRINUSE);
  raw_peer peer(path());
  ASSERT_TRUE(peer.send(echo));
  EXPECT_EQ(peer.line(), echoed) << "the first one answers still";
  const auto plain = folder_.file("plain");
  ::close(::creat(plain.c_str(), 0600));
  EXPECT_FALSE(second.start({.path = plain}));
  EXPECT_EQ(::stat(plain.c_str(), &file), 0);
}

TEST_F(control_test, says_why_it_cannot_start) {
  EXPECT_EQ(server_.start({.path = folder_.file(std::string(200, 'x'))}).error().code, ENAMETOOLONG);
  EXPECT_EQ(server_.start({.path = folder_.file("missing/x.sock")}).error().code, ENOENT);
  start();
}

// THREATS 81: what is told of sessions, and done to them, is for whoever runs the broker.
TEST_F(control_test, does_not_listen_to_another_user) {
  if (::geteuid() != 0) GTEST_SKIP() << "takes root, who can be somebody else";
  start();
  // As if an administrator had opened the door.
  ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
  ASSERT_EQ(::chmod(folder_.file("").c_str(), 0755), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65'534, 65'534, 65'534) != 0) ::_exit(2);
    raw_peer peer(path());
    (void)peer.send(echo);
    ::_exit(peer.line().find("not allowed") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  EXPECT_EQ(server_.counts().requests.get(), 0U);
}

}  // namespace
}  // namespace nanomq::admin
