// A broker with one rule: who subscribes to a certain filter is refused. For suites that need a refusal, and a rehearsal
// of what embedding the broker with access rules of one's own takes.
//
//   rule_broker [--refuse-subscribe FILTER] [key=value…]      keys as in docs/config.md
//
// Prints where it listens, and ends on SIGTERM or SIGINT. What it deliberately has not: files, logs, a daemon.
#include <csignal>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "nanomq/broker/broker.hpp"
#include "nanomq/config/configuration.hpp"

namespace {

using nanonng::mqtt::reason_code;

/// Everybody may do everything but subscribe to one filter. Thread: immutable.
class refusing_access final : public nanomq::broker::access {
 public:
  explicit refusing_access(std::string refused) : refused_(std::move(refused)) {}

  std::optional<nanomq::broker::admission> authenticate(
      const nanomq::broker::principal&, const nanomq::broker::credentials&,
      const std::shared_ptr<nanomq::broker::admission_reply>&) const noexcept override {
    return nanomq::broker::admission{reason_code::success};
  }
  nanomq::broker::permission authorize(const nanomq::broker::principal& who, nanomq::broker::operation what,
                                       std::string_view topic) const noexcept override {
    if (what == nanomq::broker::operation::subscribe && topic == refused_) {
      return {.reason = reason_code::unspecified_error};
    }
    return nanomq::broker::open_access()->authorize(who, what, topic);
  }

 private:
  std::string refused_;
};

int complain(const std::string& why) {
  std::fprintf(stderr, "rule_broker: %s\n", why.c_str());
  return 2;
}

sigset_t blocked_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int main(int count, char** words) {
  nanomq::config::configuration configuration;
  std::string why;
  if (!configuration.assign("listeners.tcp.bind=mqtt-tcp://127.0.0.1:0", why)) return complain(why);
  std::string refused;
  for (auto rest = std::span(words, static_cast<std::size_t>(count)).subspan(1); !rest.empty();
       rest = rest.subspan(1)) {
    if (std::string_view(rest.front()) == "--refuse-subscribe" && rest.size() > 1) {
      refused = rest[1];
      rest = rest.subspan(1);
    } else if (!configuration.assign(rest.front(), why)) {
      return complain(why);
    }
  }

  const auto signals = blocked_stop_signals();
  auto options = configuration.values().broker;
  options.access = std::make_shared<const refusing_access>(refused);
  const auto opened = nanomq::broker::broker::open(std::move(options), why);
  if (!opened) return complain(why);
  if (!(*opened)->start()) return complain("no thread could be started");
  for (const auto& one : (*opened)->listeners()) std::printf("listens on  %s\n", one.url().c_str());
  std::fflush(stdout);
  int which = 0;
  sigwait(&signals, &which);
  (*opened)->stop();
  return 0;
}
