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

int option_of(int descriptor, int level, int which) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, level, which, &value, &size) == 0 ? value : -1;
}

TEST(listening_socket, changes_its_options_when_it_is_taken_over_and_not_before) {
  auto first = test::listen_on("tcp://127.0.0.1:0").value();
  const int descriptor = first->descriptor();
  socket_options how;
  how.keepalive = std::chrono::minutes(1);
  how.receive_buffer = 65'536;
  how.backlog = 7;
  how.nodelay = false;
  const auto next = listening_socket::renewed(first, how);
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)->where().port, first->where().port);
  EXPECT_EQ((*next)->predecessor(), first);
  EXPECT_EQ(option_of(descriptor, SOL_SOCKET, SO_KEEPALIVE), 0);
  // Who waits to be accepted waits for the new one.
  const auto early = test::dial(first->where(), AF_INET);
  ASSERT_TRUE((*next)->take_over());
  EXPECT_EQ((*next)->predecessor(), nullptr);
  EXPECT_NE(option_of((*next)->descriptor(), SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_GE(option_of((*next)->descriptor(), SOL_SOCKET, SO_RCVBUF), 65'536);
  EXPECT_FALSE((*next)->how().nodelay);
  first.reset();
  const test::owned_descriptor accepted(::accept((*next)->descriptor(), nullptr, nullptr));
  EXPECT_GE(accepted.get(), 0);
  how.keepalive = nanolib::duration(0);
  const auto last = listening_socket::renewed(*next, how);
  ASSERT_TRUE(last);
  ASSERT_TRUE((*last)->take_over());
  EXPECT_EQ(option_of((*last)->descriptor(), SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST(listening_socket, keeps_its_options_when_the_system_does_not_let_it_change_them) {
  socket_options how;
  how.send_buffer = 65'536;
  endpoint where;
  where.host = "127.0.0.1";
  const auto first = listening_socket::open(where, how).value();
  socket_options other = how;
  other.send_buffer = 0;
  other.keepalive = std::chrono::minutes(1);
  const auto next = listening_socket::renewed(first, other);
  ASSERT_TRUE(next);
  EXPECT_FALSE((*next)->take_over());
  EXPECT_EQ(option_of(first->descriptor(), SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_GE(test::dial(first->where(), AF_INET).get(), 0);
}

TEST(listening_socket, is_not_renewed_for_whom_or_what_nobody_knows) {
  const auto tcp = test::listen_on("tcp://127.0.0.1:0").value();
  socket_options how;
  how.interface = "nanomq-none0";
  const auto on_interface = listening_socket::renewed(tcp, how);
  ASSERT_FALSE(on_interface);
  EXPECT_EQ(on_interface.error(), (nanolib::error{nanolib::error_domain::sys, ENODEV}));
  const test::temporary_directory directory;
  const auto local = test::listen_on("unix://" + directory.file("s")).value();
  how = {};
  how.owner = "nobody-of-this-name";
  const auto of_nobody = listening_socket::renewed(local, how);
  ASSERT_FALSE(of_nobody);
  EXPECT_EQ(of_nobody.error(), (nanolib::error{nanolib::error_domain::config, EINVAL}));
}

TEST(listening_socket, passes_its_file_on_to_the_one_that_follows) {
  const test::temporary_directory directory;
  const std::string path = directory.file("s");
  auto first = test::listen_on("unix://" + path).value();
  socket_options how;
  how.mode = 0660;
  {
    const auto unused = listening_socket::renewed(first, how);
    ASSERT_TRUE(unused);
  }
  struct stat file{};
  ASSERT_EQ(::lstat(path.c_str(), &file), 0) << "what was thrown away takes nothing with it";
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  {
    const auto next = listening_socket::renewed(first, how);
    ASSERT_TRUE(next);
    ASSERT_TRUE((*next)->take_over());
    first.reset();
    ASSERT_EQ(::lstat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0660U);
    EXPECT_GE(test::dial((*next)->where(), AF_UNIX).get(), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace nanonng::net
