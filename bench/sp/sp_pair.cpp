#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

#include <cstring>
#include <thread>
#include <vector>

#include "flow.hpp"
#include "mqtt_end.hpp"

namespace nanomq::bench {
namespace {

using clock = std::chrono::steady_clock;
constexpr int buffer = 8'192;

class receiver {
 public:
  receiver(nng_socket from, std::size_t wanted) : from_(from), wanted_(wanted) {
    (void)nng_socket_set_ms(from, NNG_OPT_RECVTIMEO, static_cast<nng_duration>(patience.count()));
    thread_ = std::thread([this] { work(); });
  }
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;
  ~receiver() { thread_.join(); }

  measured finish(clock::time_point begun) {
    thread_.join();
    thread_ = std::thread([] {});
    return {arrived_, std::chrono::duration<double>(last_ - begun).count()};
  }

 private:
  void work() {
    nng_msg* one = nullptr;
    while (arrived_ < wanted_ && nng_recvmsg(from_, &one, 0) == 0) {
      nng_msg_free(one);
      ++arrived_;
      last_ = clock::now();
    }
  }

  nng_socket from_;
  std::size_t wanted_;
  std::size_t arrived_ = 0;
  clock::time_point last_{};
  std::thread thread_;
};

void send_all(nng_socket to, const load& what) {
  for (std::size_t number = 0; number < what.messages; ++number) {
    nng_msg* one = nullptr;
    if (nng_msg_alloc(&one, what.size) != 0) return;
    std::memset(nng_msg_body(one), 'x', what.size);
    if (nng_sendmsg(to, one, 0) != 0) nng_msg_free(one);
  }
}

}  // namespace

measured run_sp(const load& what, bool publish, const std::string& into, const std::string& out_of) {
  nng_socket from = NNG_SOCKET_INITIALIZER;
  nng_socket to = NNG_SOCKET_INITIALIZER;
  (void)(publish ? nng_pub0_open(&to) : nng_push0_open(&to));
  (void)(publish ? nng_sub0_open(&from) : nng_pull0_open(&from));
  if (publish) {
    (void)nng_socket_set_int(to, NNG_OPT_SENDBUF, buffer);
    (void)nng_socket_set_int(from, NNG_OPT_RECVBUF, buffer);
    (void)nng_socket_set(from, NNG_OPT_SUB_SUBSCRIBE, "", 0);
  }
  if (into.empty()) {
    nng_listener listener = NNG_LISTENER_INITIALIZER;
    int port = 0;
    (void)nng_listen(from, "tcp://127.0.0.1:0", &listener, 0);
    (void)nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port);
    (void)nng_dial(to, ("tcp://127.0.0.1:" + std::to_string(port)).c_str(), nullptr, 0);
  } else {
    (void)nng_dial(from, out_of.c_str(), nullptr, 0);
    (void)nng_dial(to, into.c_str(), nullptr, 0);
  }
  measured out;
  {
    receiver at_end(from, what.messages);
    const auto begun = clock::now();
    send_all(to, what);
    out = at_end.finish(begun);
  }
  nng_close(to);
  nng_close(from);
  return out;
}

measured run_sp_to_mqtt(const load& what, const std::string& into, std::uint16_t port, const std::string& topic) {
  nng_socket to = NNG_SOCKET_INITIALIZER;
  (void)nng_push0_open(&to);
  (void)nng_dial(to, into.c_str(), nullptr, 0);
  mqtt_receiver at_end(port, topic);
  const auto begun = clock::now();
  send_all(to, what);
  const auto out = at_end.finish(what.messages, begun);
  nng_close(to);
  return out;
}

measured run_mqtt_to_sp(const load& what, std::uint16_t port, const std::string& topic, const std::string& out_of) {
  nng_socket from = NNG_SOCKET_INITIALIZER;
  (void)nng_pull0_open(&from);
  (void)nng_dial(from, out_of.c_str(), nullptr, 0);
  measured out;
  {
    receiver at_end(from, what.messages);
    const auto begun = clock::now();
    send_by_mqtt(what, port, topic);
    out = at_end.finish(begun);
  }
  nng_close(from);
  return out;
}

}  // namespace nanomq::bench
