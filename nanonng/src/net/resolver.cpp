// Names to addresses, on a few threads that come and go.
#include "nanonng/net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <new>
#include <utility>

#include "nanolib/base/mutex.hpp"
#include "nanonng/net/thread.hpp"

namespace nanonng::net {

struct lookup::request {
  std::string host;
  std::uint16_t port = 0;
  on_end handler;  ///< the loop's thread only
  nanolib::result<std::vector<socket_address>> found;

  nanolib::mutex mutex;
  event_loop* loop NANOLIB_GUARDED_BY(mutex) = nullptr;  ///< null once nobody wants the answer
};

namespace {

using request_ptr = std::shared_ptr<lookup::request>;
using addresses = std::vector<socket_address>;

/// What waits for a thread. Outlives every thread, by count.
struct waiting_list {
  nanolib::mutex mutex;
  std::deque<request_ptr> requests NANOLIB_GUARDED_BY(mutex);
  int threads NANOLIB_GUARDED_BY(mutex) = 0;
};

const std::shared_ptr<waiting_list>& all_lookups() {
  static const auto list = std::make_shared<waiting_list>();
  return list;
}

nanolib::error out_of_memory() noexcept { return {nanolib::error_domain::sys, ENOMEM}; }

/// The families take turns, beginning with the one that the system prefers.
addresses interleaved(const addresses& in) {
  addresses out;
  out.reserve(in.size());
  if (in.empty()) return out;
  const auto preferred = in.front().storage.ss_family;
  const auto next_of = [&](std::size_t at, bool first) {
    while (at < in.size() && (in[at].storage.ss_family == preferred) != first) ++at;
    return at;
  };
  std::size_t first = next_of(0, true);
  std::size_t second = next_of(0, false);
  while (first < in.size() || second < in.size()) {
    if (first < in.size()) {
      out.push_back(in[first]);
      first = next_of(first + 1, true);
    }
    if (second < in.size()) {
      out.push_back(in[second]);
      second = next_of(second + 1, false);
    }
  }
  return out;
}

nanolib::result<addresses> ask(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (code != 0) return std::unexpected(lookup_error(code));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, [](addrinfo* which) { ::freeaddrinfo(which); });
  addresses found;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    socket_address made;
    std::memcpy(&made.storage, each->ai_addr, each->ai_addrlen);
    made.size = each->ai_addrlen;
    found.push_back(made);
  }
  return interleaved(found);
}

/// The answer on its way to the loop.
class answer final : public inbox_item {
 public:
  explicit answer(request_ptr to) noexcept : to_(std::move(to)) {}
  void run() noexcept override {
    {
      const nanolib::mutex_lock held(to_->mutex);
      if (std::exchange(to_->loop, nullptr) == nullptr) return;
    }
    const auto handler = std::move(to_->handler);
    handler(std::move(to_->found));
  }

 private:
  request_ptr to_;
};

void post_answer(const request_ptr& to) noexcept {
  std::unique_ptr<answer> made(new (std::nothrow) answer(to));
  // Without memory for the answer the deadline of whoever waits for it is the answer.
  if (!made) return;
  // Held while posting: a loop outlives the lookups on it, and this lookup can't go away meanwhile.
  const nanolib::mutex_lock held(to->mutex);
  if (to->loop != nullptr) to->loop->post(std::move(made));
}

void look_up(lookup::request& which) noexcept {
  try {
    which.found = ask(which.host, which.port, 0);
  } catch (const std::bad_alloc&) {
    which.found = std::unexpected(out_of_memory());
  }
}

request_ptr take_next(waiting_list& list) noexcept {
  const nanolib::mutex_lock held(list.mutex);
  if (list.requests.empty()) {
    --list.threads;
    return nullptr;
  }
  request_ptr next = std::move(list.requests.front());
  list.requests.pop_front();
  return next;
}

bool is_wanted(lookup::request& which) noexcept {
  const nanolib::mutex_lock held(which.mutex);
  return which.loop != nullptr;
}

void work_through(waiting_list& list) noexcept {
  while (const request_ptr next = take_next(list)) {
    if (!is_wanted(*next)) continue;
    look_up(*next);
    post_answer(next);
  }
}

/// Whether some thread will get to the request.
nanolib::result<void> hand_in(const std::shared_ptr<waiting_list>& list, const request_ptr& which) {
  {
    const nanolib::mutex_lock held(list->mutex);
    list->requests.push_back(which);
    if (list->threads == lookup::maximum_threads) return {};
    ++list->threads;
  }
  auto started = start_thread([list]() noexcept { work_through(*list); });
  if (started) {
    started->detach();
    return {};
  }
  const nanolib::mutex_lock held(list->mutex);
  --list->threads;
  if (list->threads > 0) return {};
  std::erase(list->requests, which);
  return std::unexpected(started.error());
}

}  // namespace

nanolib::error lookup_error(int code) noexcept {
  if (code == EAI_MEMORY) return out_of_memory();
  if (code == EAI_SYSTEM) return nanolib::last_system_error();
  return {nanolib::error_domain::config, code};
}

std::vector<socket_address> numeric_addresses(const std::string& host, std::uint16_t port) {
  return ask(host, port, AI_NUMERICHOST).value_or(addresses{});
}

lookup::lookup(event_loop& loop, const std::string& host, std::uint16_t port, on_end handler)
    : request_(std::make_shared<request>()) {
  request_->host = host;
  request_->port = port;
  request_->handler = std::move(handler);
  {
    const nanolib::mutex_lock held(request_->mutex);
    request_->loop = &loop;
  }
  if (const auto waits = hand_in(all_lookups(), request_); !waits) {
    request_->found = std::unexpected(waits.error());
    post_answer(request_);
  }
}

lookup::~lookup() {
  const nanolib::mutex_lock held(request_->mutex);
  request_->loop = nullptr;
}

}  // namespace nanonng::net
