#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

#include <array>
#include <cstring>
#include <memory>
#include <stop_token>
#include <thread>

#include "flow.hpp"
#include "mqtt_end.hpp"

namespace nanomq::bench {
namespace {

constexpr int buffer = 8'192;

/// Counts what comes; goes before its socket is closed.
class receiver {
 public:
  virtual ~receiver() = default;
};

class plain_receiver final : public receiver {
 public:
  plain_receiver(nng_socket from, progress& seen)
      : from_(from), seen_(seen), thread_([this](const std::stop_token& end) { work(end); }) {}

 private:
  void work(const std::stop_token& end) {
    (void)nng_socket_set_ms(from_, NNG_OPT_RECVTIMEO, 20);  // to look whether it is the end
    while (!end.stop_requested()) {
      nng_msg* one = nullptr;
      if (nng_recvmsg(from_, &one, 0) != 0) continue;
      nng_msg_free(one);
      seen_.note();
    }
  }

  nng_socket from_;
  progress& seen_;
  std::jthread thread_;
};

class many_receiver final : public receiver {
 public:
  many_receiver(nng_socket from, progress& seen) : from_(from), seen_(seen) {
    for (operation& each : operations_) {
      each.home = this;
      (void)nng_aio_alloc(&each.aio, on_received, &each);
    }
    for (const operation& each : operations_) nng_recv_aio(from_, each.aio);
  }
  ~many_receiver() override {
    for (const operation& each : operations_) nng_aio_free(each.aio);
  }

 private:
  struct operation {
    many_receiver* home = nullptr;
    nng_aio* aio = nullptr;
  };
  static void on_received(void* which) {
    const auto& one = *static_cast<operation*>(which);
    if (nng_aio_result(one.aio) != 0) return;
    nng_msg_free(nng_aio_get_msg(one.aio));
    one.home->seen_.note();
    nng_recv_aio(one.home->from_, one.aio);
  }

  nng_socket from_;
  progress& seen_;
  std::array<operation, 4> operations_{};
};

/// A push or a pub, a pull or a sub.
class socket_end {
 public:
  socket_end(int (*open)(nng_socket*), manner how, bool publishes) {
    (void)open(&socket_);
    // Not every protocol has both.
    if (how == manner::many || publishes) {
      (void)nng_socket_set_int(socket_, NNG_OPT_SENDBUF, buffer);
      (void)nng_socket_set_int(socket_, NNG_OPT_RECVBUF, buffer);
    }
    (void)nng_socket_set(socket_, NNG_OPT_SUB_SUBSCRIBE, "", 0);
  }
  socket_end(const socket_end&) = delete;
  socket_end& operator=(const socket_end&) = delete;
  ~socket_end() { nng_close(socket_); }

  void dial(const std::string& url) const { (void)nng_dial(socket_, url.c_str(), nullptr, 0); }
  [[nodiscard]] std::string listen() const {
    nng_listener listener = NNG_LISTENER_INITIALIZER;
    int port = 0;
    (void)nng_listen(socket_, "tcp://127.0.0.1:0", &listener, 0);
    (void)nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port);
    return "tcp://127.0.0.1:" + std::to_string(port);
  }
  [[nodiscard]] std::unique_ptr<receiver> receive(progress& seen, manner how) const {
    if (how == manner::plain) return std::make_unique<plain_receiver>(socket_, seen);
    return std::make_unique<many_receiver>(socket_, seen);
  }
  void send_all(const load& what, progress& seen) const {
    for (std::size_t number = 0; number < what.messages; ++number) {
      if (what.window != 0) seen.wait_for_window(number, what.window);
      nng_msg* one = nullptr;
      if (nng_msg_alloc(&one, what.size) != 0) return;
      std::memset(nng_msg_body(one), 'x', what.size);
      if (nng_sendmsg(socket_, one, 0) != 0) nng_msg_free(one);
    }
  }

 private:
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
};

}  // namespace

std::string free_sp_url() { return socket_end(nng_pull0_open, manner::plain, false).listen(); }

measured run_sp(const load& what, bool publish, const std::string& into, const std::string& out_of) {
  progress seen;
  const socket_end from(publish ? nng_sub0_open : nng_pull0_open, what.how, publish);
  const socket_end to(publish ? nng_pub0_open : nng_push0_open, what.how, publish);
  if (into.empty()) {
    to.dial(from.listen());
  } else {
    from.dial(out_of);
    to.dial(into);
  }
  const auto at_end = from.receive(seen, what.how);
  const auto begun = progress::clock::now();
  to.send_all(what, seen);
  return seen.finish(what.messages, begun);
}

measured run_sp_to_mqtt(const load& what, const std::string& into, std::uint16_t port, const std::string& topic) {
  progress seen;
  const socket_end to(nng_push0_open, what.how, false);
  to.dial(into);
  const mqtt_receiver at_end(seen, port, topic);
  const auto begun = progress::clock::now();
  to.send_all(what, seen);
  return seen.finish(what.messages, begun);
}

measured run_mqtt_to_sp(const load& what, std::uint16_t port, const std::string& topic, const std::string& out_of) {
  progress seen;
  const socket_end from(nng_pull0_open, what.how, false);
  from.dial(out_of);
  const auto at_end = from.receive(seen, what.how);
  const auto begun = progress::clock::now();
  send_by_mqtt(what, seen, port, topic);
  return seen.finish(what.messages, begun);
}

}  // namespace nanomq::bench
