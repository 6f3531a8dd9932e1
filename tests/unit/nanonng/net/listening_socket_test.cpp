#include <cerrno>
#include <fstream>

#include "listener_fixture.hpp"

namespace nanonng::net {
namespace {

const nanolib::error in_use{nanolib::error_domain::sys, EADDRINUSE};

TEST(listening_socket, says_which_port_was_chosen) {
  const auto open = test::listen_on("tcp://127.0.0.1:0");
  ASSERT_TRUE(open);
  EXPECT_NE((*open)->where().port, 0);
  EXPECT_GE(test::dial((*open)->where(), AF_INET).get(), 0);
}

TEST(listening_socket, refuses_an_address_that_is_taken) {
  const auto first = test::listen_on("tcp://127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = listening_socket::open((*first)->where());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), in_use);
}

TEST(listening_socket, takes_both_families_when_no_host_is_named) {
  const auto open = test::listen_on("tcp://*:0");
  ASSERT_TRUE(open);
  EXPECT_GE(test::dial((*open)->where(), AF_INET).get(), 0);
  if (test::has_ipv6()) {
    EXPECT_GE(test::dial((*open)->where(), AF_INET6).get(), 0);
  }
  const auto second = listening_socket::open((*open)->where());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), in_use);
}

TEST(listening_socket, takes_ipv6_alone_when_it_is_named) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  const auto open = test::listen_on("tcp://[::]:0");
  ASSERT_TRUE(open);
  EXPECT_LT(test::dial((*open)->where(), AF_INET).get(), 0);
  EXPECT_GE(test::dial((*open)->where(), AF_INET6).get(), 0);
}

TEST(listening_socket, resolves_a_name) {
  const auto open = test::listen_on("tcp://localhost:0");
  ASSERT_TRUE(open);
  EXPECT_GE(test::dial((*open)->where(), AF_INET).get(), 0);
}

TEST(listening_socket, refuses_an_address_of_another_machine) {
  const auto open = test::listen_on("tcp://192.0.2.1:0");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error(), (nanolib::error{nanolib::error_domain::sys, EADDRNOTAVAIL}));
}

TEST(listening_socket, says_that_a_name_does_not_resolve) {
  // An address that is almost one: never asked of a name server.
  endpoint where;
  where.host = "256.256.256.256.";
  where.host.insert(0, 300, 'x');
  const auto open = listening_socket::open(where);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().domain, nanolib::error_domain::config);
}

TEST(listening_socket, keeps_its_unix_socket_to_its_owner_and_removes_it) {
  const test::temporary_directory directory;
  const std::string path = directory.file("s");
  {
    const auto open = test::listen_on("unix://" + path);
    ASSERT_TRUE(open);
    struct stat file{};
    ASSERT_EQ(::lstat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0600U);
    EXPECT_GE(test::dial((*open)->where(), AF_UNIX).get(), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(listening_socket, refuses_a_unix_socket_that_somebody_listens_on) {
  const test::temporary_directory directory;
  const auto first = test::listen_on("unix://" + directory.file("s"));
  ASSERT_TRUE(first);
  const auto second = test::listen_on("unix://" + directory.file("s"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), in_use);
  EXPECT_GE(test::dial((*first)->where(), AF_UNIX).get(), 0);
}

TEST(listening_socket, takes_the_place_of_a_unix_socket_that_was_left_behind) {
  const test::temporary_directory directory;
  const std::string path = directory.file("s");
  {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    const test::owned_descriptor left(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(left.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  const auto open = test::listen_on("unix://" + path);
  ASSERT_TRUE(open);
  EXPECT_GE(test::dial((*open)->where(), AF_UNIX).get(), 0);
}

TEST(listening_socket, touches_no_file_that_is_not_a_socket) {
  const test::temporary_directory directory;
  const std::string path = directory.file("precious");
  std::ofstream(path) << "data";
  const auto open = test::listen_on("unix://" + path);
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error(), in_use);
  EXPECT_EQ(std::filesystem::file_size(path), 4U);
}

TEST(listening_socket, leaves_a_file_alone_that_has_taken_its_place) {
  const test::temporary_directory directory;
  const std::string path = directory.file("s");
  auto first = test::listen_on("unix://" + path);
  ASSERT_TRUE(first);
  std::filesystem::remove(path);
  const auto second = test::listen_on("unix://" + path);
  ASSERT_TRUE(second);
  first->reset();
  EXPECT_GE(test::dial((*second)->where(), AF_UNIX).get(), 0);
}

}  // namespace
}  // namespace nanonng::net
