// What access control learns from listeners, and the bounds that they set.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <optional>

#include "broker_fixture.hpp"
#include "nanonng/net/tls_stream.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::net::endpoint;
using nanonng::net::io_result;
using nanonng::net::stream;

std::string certificate_file(const std::string& name) { return NANOMQ_TEST_CERTIFICATES "/" + name; }

/// What it was told about who came last.
class witness final : public access {
 public:
  struct account {
    std::string listener, address, common_name, fingerprint, psk_identity;
    std::vector<std::string> names;
    std::optional<std::uint32_t> local_user;
    bool has_identity = false;
    bool is_admitted = false;
  };
  std::optional<admission> authenticate(const principal& who, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    const std::lock_guard lock(mutex_);
    last_ = {};
    last_.listener = who.listener;
    last_.address = who.address;
    last_.local_user = who.local_user;
    last_.is_admitted = who.is_admitted;
    last_.has_identity = who.identity != nullptr;
    if (who.identity != nullptr) {
      last_.common_name = who.identity->common_name;
      last_.psk_identity = who.identity->psk_identity;
      if (who.identity->has_certificate) last_.fingerprint = who.identity->fingerprint_text();
      for (const auto& name : who.identity->alternative_names) last_.names.push_back(name.value);
    }
    return admission{nanonng::mqtt::reason_code::success};
  }
  permission authorize(const principal&, operation, std::string_view) const noexcept override { return {}; }
  [[nodiscard]] account last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  mutable std::mutex mutex_;
  mutable account last_;
};

/// A connection that waits with a deadline for whatever layers it has.
class waiting_client {
 public:
  explicit waiting_client(std::unique_ptr<stream> over) : over_(std::move(over)) {}

  /// CONNECT, and whether the broker accepts it.
  bool enters() {
    std::array<unsigned char, 16> packet{0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 2, 'i', 'd'};
    iovec part{packet.data(), packet.size()};
    while (part.iov_len > 0) {
      const io_result sent = over_->write({&part, 1});
      if (sent.what == io_result::outcome::moved) {
        part.iov_base = static_cast<char*>(part.iov_base) + sent.bytes;
        part.iov_len -= sent.bytes;
      } else if (sent.what != io_result::outcome::would_block || !progress()) {
        return false;
      }
    }
    while (input_.size() < 4) {
      if (!progress()) return false;
    }
    return input_[0] == std::byte{0x20} && input_[3] == std::byte{0};
  }

 private:
  /// Reads what there is, or waits for it. False at the end.
  bool progress() {
    std::vector<std::byte> buffer(65'536);
    const io_result got = over_->read(buffer);
    if (got.what == io_result::outcome::moved) {
      input_.insert(input_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
      return true;
    }
    if (got.what != io_result::outcome::would_block) return false;
    if ((got.hints & io_result::read_again) != 0) return true;
    pollfd one{over_->descriptor(), POLLIN, 0};
    constexpr int deadline_ms = 20'000;
    return ::poll(&one, 1, deadline_ms) == 1;
  }

  std::unique_ptr<stream> over_;
  std::vector<std::byte> input_;
};

std::unique_ptr<stream> dial(const endpoint& where) {
  int made = -1;
  if (where.kind == endpoint::transport::unix_socket) {
    made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    where.host.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  } else {
    made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(where.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_EQ(::fcntl(made, F_SETFL, O_NONBLOCK), 0);
  return nanonng::net::make_socket_stream(made);
}

class listeners : public ::testing::Test {
 protected:
  static listener_options with_tls(const std::string& name) {
    listener_options made = endpoint{endpoint::transport::tcp, "127.0.0.1", 0};
    made.kind = listener_kind::ssl;
    made.name = name;
    made.certificate = {certificate_file("server.crt"), certificate_file("server.key"), {}};
    made.tls.ca_file = certificate_file("ca.crt");
    return made;
  }

  running start(std::vector<listener_options> all) {
    broker_options options = options_with(2);
    options.listeners = std::move(all);
    options.access = witness_;
    return running(std::move(options));
  }

  static bool enters_by_tls(running& subject, const nanonng::net::tls_client_options& options) {
    std::string why;
    const auto context = nanonng::net::tls_context::client(options, why);
    EXPECT_TRUE(context) << why;
    const bool by_key = !options.psk_identity.empty();
    waiting_client client(nanonng::net::make_tls_stream(*context, dial(subject->listeners().front().where),
                                                        {by_key ? "" : "localhost", nullptr, nullptr}));
    return client.enters();
  }

  static nanonng::net::tls_client_options trusting() {
    nanonng::net::tls_client_options options;
    options.ca_file = certificate_file("ca.crt");
    return options;
  }

  std::shared_ptr<witness> witness_ = std::make_shared<witness>();
};

// THREATS 85: a client is known by all that is in its certificate.
TEST_F(listeners, hand_on_who_a_certificate_belongs_to) {
  listener_options mutual = with_tls("plant");
  mutual.verify_peer = true;
  mutual.fail_if_no_peer_cert = true;
  running subject = start({mutual});
  auto options = trusting();
  EXPECT_FALSE(enters_by_tls(subject, options));
  options.credential = {certificate_file("device.crt"), certificate_file("device.key"), {}};
  ASSERT_TRUE(enters_by_tls(subject, options));
  const auto last = witness_->last();
  EXPECT_EQ(last.listener, "ssl:plant");
  EXPECT_EQ(last.common_name, "device-1");
  EXPECT_EQ(last.names.size(), 4U);
  EXPECT_EQ(last.fingerprint.size(), 64U);
  EXPECT_TRUE(last.is_admitted);
}

TEST_F(listeners, vouch_for_nobody_whose_certificate_is_only_welcome) {
  listener_options asking = with_tls("");
  asking.verify_peer = true;
  running subject = start({asking});
  ASSERT_TRUE(enters_by_tls(subject, trusting()));
  const auto last = witness_->last();
  EXPECT_EQ(last.listener, "ssl:default");
  EXPECT_TRUE(last.has_identity);
  EXPECT_EQ(last.common_name, "");
  EXPECT_FALSE(last.is_admitted);
}

TEST_F(listeners, hand_on_the_identity_of_a_pre_shared_key) {
  listener_options keys = with_tls("keys");
  keys.certificate = {};
  keys.tls.psk_file = certificate_file("keys.psk");
  running subject = start({keys});
  nanonng::net::tls_client_options options;
  options.psk_identity = "sensor";
  options.psk_key = "00112233445566778899aabbccddeeff";
  ASSERT_TRUE(enters_by_tls(subject, options));
  EXPECT_EQ(witness_->last().psk_identity, "sensor");
  EXPECT_TRUE(witness_->last().is_admitted);
}

TEST_F(listeners, hand_on_the_user_of_a_unix_socket) {
  const std::string path = ::testing::TempDir() + "nanomq_listener_" + std::to_string(::getpid());
  listener_options local = endpoint{endpoint::transport::unix_socket, path, 0};
  local.allow_anonymous = true;
  running subject = start({local});
  waiting_client client(dial(subject->listeners().front().where));
  ASSERT_TRUE(client.enters());
  EXPECT_EQ(witness_->last().address, "unix");
  EXPECT_EQ(witness_->last().local_user, ::geteuid());
  EXPECT_TRUE(witness_->last().is_admitted);
}

TEST_F(listeners, of_another_machine_hand_on_no_user) {
  running subject = start({endpoint{endpoint::transport::tcp, "127.0.0.1", 0}});
  waiting_client client(dial(subject->listeners().front().where));
  ASSERT_TRUE(client.enters());
  EXPECT_FALSE(witness_->last().local_user);
  EXPECT_FALSE(witness_->last().has_identity);
  EXPECT_EQ(witness_->last().listener, "tcp:default");
}

// THREATS 49: connections that say nothing, or half of it, are bounded in number and in time.
TEST_F(listeners, bound_half_open_connections_by_address_and_by_time) {
  listener_options few = endpoint{endpoint::transport::tcp, "127.0.0.1", 0};
  few.max_connections_per_address = 2;
  few.connect_timeout = nanolib::duration(3'000);
  running subject = start({few});
  raw_client silent = subject.dial();
  raw_client half = subject.dial();
  half.send(support::octets{0x10, 0x20, 0x00, 0x04});
  raw_client third = subject.dial();
  third.expect_close();
  silent.expect_close();
  half.expect_close();
  // The places are free again, each in its shard's own time.
  bool entered = false;
  while (!entered) {
    raw_client afterwards = subject.dial();
    afterwards.send(support::connect_packet{.client_id = "afterwards"});
    const auto answer = afterwards.next_or_close();
    entered = answer && answer->code == 0;
  }
}

}  // namespace
}  // namespace nanomq::broker::testing
