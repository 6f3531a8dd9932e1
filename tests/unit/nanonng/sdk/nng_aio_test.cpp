// Operations through a caller's aio, as a provider of nng's would do it.
#include "nanonng/sdk/nng_aio.hpp"

#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

struct aio_deleter {
  void operator()(nng_aio* which) const noexcept { nng_aio_free(which); }
};
using aio_ptr = std::unique_ptr<nng_aio, aio_deleter>;

aio_ptr make_aio() {
  nng_aio* made = nullptr;
  EXPECT_EQ(nng_aio_alloc(&made, nullptr, nullptr), 0);
  return aio_ptr(made);
}

/// A scripted server and a client of it.
struct provider {
  provider() : c(server.url(), eager()) {}
  /// What a library does whose function takes an aio.
  void publish(nng_aio* aio, const publish_options& how = {.qos = 1}) {
    if (!nng_aio_begin(aio)) return;
    finish_aio(aio, c.publish("a", "b", how));
  }
  void receive(nng_aio* aio) {
    if (!nng_aio_begin(aio)) return;
    finish_aio(aio, c.receive(), [aio](const nanolib::result<message>& got) {
      if (!got) return nng_error_of(got.error());
      nng_msg* made = nullptr;
      if (const int failed = nng_msg_alloc(&made, 0); failed != 0) return failed;
      nng_msg_append(made, got->payload().data(), got->payload().size());
      nng_aio_set_msg(aio, made);
      return 0;
    });
  }
  raw_server server;
  client c;
};

TEST(nng_aio, ends_with_the_operation) {
  provider p;
  const aio_ptr aio = make_aio();
  p.publish(aio.get());
  raw_peer peer = p.server.accept();
  peer.welcome();
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id});
  nng_aio_wait(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), 0);
  p.publish(aio.get());
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id, .code = 0x87});
  nng_aio_wait(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), NNG_EPERM) << "and can be used again";
}

TEST(nng_aio, takes_an_output) {
  provider p;
  const aio_ptr aio = make_aio();
  p.receive(aio.get());
  raw_peer peer = p.server.accept();
  peer.welcome();
  peer.send(publish_packet{.topic = "a", .payload = "text"});
  nng_aio_wait(aio.get());
  ASSERT_EQ(nng_aio_result(aio.get()), 0);
  nng_msg* const got = nng_aio_get_msg(aio.get());
  EXPECT_EQ(std::string_view(static_cast<const char*>(nng_msg_body(got)), nng_msg_len(got)), "text");
  nng_msg_free(got);
}

TEST(nng_aio, ends_at_once_with_an_operation_that_is_done) {
  provider p;
  const aio_ptr aio = make_aio();
  p.publish(aio.get(), {.qos = 3});
  nng_aio_wait(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), NNG_ENOTSUP);
}

TEST(nng_aio, cancels_the_operation_when_it_is_aborted) {
  provider p;
  const aio_ptr aio = make_aio();
  p.receive(aio.get());
  nng_aio_cancel(aio.get());
  nng_aio_wait(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), NNG_ECANCELED);
  raw_peer peer = p.server.accept();
  peer.welcome();
  peer.send(publish_packet{.topic = "a", .payload = "kept"});
  EXPECT_EQ(outcome(p.c.receive())->text(), "kept");
}

TEST(nng_aio, has_a_timeout_of_its_own) {
  provider p;
  const aio_ptr aio = make_aio();
  nng_aio_set_timeout(aio.get(), 5);
  p.receive(aio.get());
  nng_aio_wait(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), NNG_ETIMEDOUT);
}

TEST(nng_aio, can_be_stopped_and_waits_for_the_end) {
  provider p;
  const aio_ptr aio = make_aio();
  p.publish(aio.get());
  nng_aio_stop(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), NNG_ECANCELED);
  EXPECT_EQ(p.c.statistics().outgoing_messages, 0);
}

TEST(nng_aio, ends_when_the_client_closes) {
  const aio_ptr aio = make_aio();
  {
    provider p;
    p.receive(aio.get());
  }
  nng_aio_wait(aio.get());
  EXPECT_EQ(nng_aio_result(aio.get()), NNG_ECLOSED);
}

TEST(nng_aio, has_a_code_for_every_error) {
  const auto of = [](nanolib::error_domain domain, int code) { return nng_error_of({domain, code}); };
  EXPECT_EQ(nng_error_of(errors::timed_out), NNG_ETIMEDOUT);
  EXPECT_EQ(nng_error_of(errors::cancelled), NNG_ECANCELED);
  EXPECT_EQ(nng_error_of(errors::closed), NNG_ECLOSED);
  EXPECT_EQ(nng_error_of(errors::queue_full), NNG_EAGAIN);
  EXPECT_EQ(nng_error_of(errors::dropped), NNG_ECANCELED);
  EXPECT_EQ(nng_error_of(errors::not_supported), NNG_ENOTSUP);
  EXPECT_EQ(nng_error_of(errors::no_memory), NNG_ENOMEM);
  EXPECT_EQ(of(nanolib::error_domain::sys, ECONNREFUSED), NNG_ECONNREFUSED);
  EXPECT_EQ(of(nanolib::error_domain::sys, EIO), NNG_ESYSERR + EIO);
  EXPECT_EQ(of(nanolib::error_domain::nng, NNG_EBUSY), NNG_EBUSY);
  EXPECT_EQ(of(nanolib::error_domain::mqtt, 0x95), NNG_EMSGSIZE);
  EXPECT_EQ(of(nanolib::error_domain::mqtt, 0x82), NNG_EPROTO);
  EXPECT_EQ(of(nanolib::error_domain::mqtt, 0x97), NNG_ECONNREFUSED);
  EXPECT_EQ(of(nanolib::error_domain::config, 0), NNG_EINVAL);
  EXPECT_EQ(of(nanolib::error_domain::config, -2), NNG_EADDRINVAL);
}

}  // namespace
}  // namespace nanonng::sdk::test
