#include "sp_listener.hpp"

#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>
#include <sys/stat.h>

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

namespace nanonng::net {
namespace {

/// A listener that lives has counted the knock at one of so many looks, this far apart. After a failed connection nng pauses for
/// 100 ms.
constexpr int most_silent_looks = 5;
constexpr nanolib::duration probe_look{200};
/// Until an address is tried again that could not be had.
constexpr nanolib::duration pause{200};

// tcp://127.0.0.1:0, or without a port, with what the system chose.
std::string with_port(const std::string& url, int port) {
  const auto begin = url.find("://");
  if (begin == std::string::npos || port == 0) return url;
  const auto end = std::min(url.find('/', begin + 3), url.size());
  const auto colon = url.rfind(':', end);
  const bool has_none = colon < begin + 3 || url[end - 1] == ']';
  if (has_none) return url.substr(0, end) + ":" + std::to_string(port) + url.substr(end);
  if (url.substr(colon + 1, end - colon - 1) != "0") return url;
  return url.substr(0, colon + 1) + std::to_string(port) + url.substr(end);
}

// Within a process nothing is written first; and before a WebSocket stands an HTTP server, which goes on whatever becomes of a
// connection.
bool can_stop(std::string_view url) noexcept { return !url.starts_with("inproc") && !sp_url_is_websocket(url); }

// nng removes whatever stands where a socket shall be: only another socket may.
bool stands_in_the_way(const std::string& url) noexcept {
  constexpr std::string_view scheme = "ipc://";
  struct stat file{};
  return url.starts_with(scheme) && ::lstat(url.c_str() + scheme.size(), &file) == 0 && !S_ISSOCK(file.st_mode);
}

std::uint64_t child_value(nng_stat* of, std::string_view name) noexcept {
  for (nng_stat* each = nng_stat_child(of); each != nullptr; each = nng_stat_next(each)) {
    if (nng_stat_name(each) == name) return nng_stat_value(each);
  }
  return 0;
}

}  // namespace

nanolib::result<std::unique_ptr<sp_listener>> sp_listener::open(event_loop& loop, nng_socket socket,
                                                                const sp_socket_options& options,
                                                                const std::string& url, sp_peer_observer* observer) {
  std::unique_ptr<sp_listener> made(new sp_listener(loop, socket, options, observer));
  if (const int code = made->start(url); code != 0) {
    return std::unexpected(nanolib::error{nanolib::error_domain::nng, code});
  }
  int port = 0;
  const bool has_port = nng_listener_get_int(made->listener_, NNG_OPT_TCP_BOUND_PORT, &port) == 0;
  made->url_ = has_port ? with_port(url, port) : url;
  if (can_stop(url)) loop.timers().set(made->watch_, loop.now() + options.listener_check);
  return made;
}

sp_listener::~sp_listener() {
  if (is_open_) nng_listener_close(listener_);
}

int sp_listener::start(const std::string& url) noexcept {
  if (stands_in_the_way(url)) return NNG_EEXIST;
  int code = nng_listener_create(&listener_, socket_, url.c_str());
  if (code != 0) return code;
  if (sp_url_has_tls(url) && !options_.tls.ca.empty()) {
    code = nng_listener_set_string(listener_, NNG_OPT_TLS_CA_FILE, options_.tls.ca.c_str());
  }
  if (code == 0 && sp_url_has_tls(url) && !options_.tls.certificate_key.empty()) {
    code = nng_listener_set_string(listener_, NNG_OPT_TLS_CERT_KEY_FILE, options_.tls.certificate_key.c_str());
  }
  if (code == 0 && sp_url_is_websocket(url)) {
    code = nng_listener_set_size(listener_, NNG_OPT_WS_RECVMAXFRAME, options_.maximum_message_size);
  }
  if (code == 0) code = nng_listener_start(listener_, 0);
  if (code != 0) nng_listener_close(listener_);
  is_open_ = code == 0;
  seen_ = {};
  silent_looks_ = not_tried;
  return code;
}

// Empty when this nng keeps no figures.
std::optional<sp_listener::figures> sp_listener::read() const noexcept {
  nng_stat* all = nullptr;
  if (nng_stats_get(&all) != 0) return std::nullopt;
  std::optional<figures> found;
  const auto id = static_cast<std::uint64_t>(nng_listener_id(listener_));
  for (nng_stat* each = nng_stat_child(all); each != nullptr; each = nng_stat_next(each)) {
    if (std::string_view(nng_stat_name(each)) != "listener" || child_value(each, "id") != id) continue;
    found.emplace();
    for (nng_stat* one = nng_stat_child(each); one != nullptr; one = nng_stat_next(one)) {
      if (nng_stat_type(one) == NNG_STAT_COUNTER) found->all += nng_stat_value(one);
    }
    found->other = child_value(each, "other");
  }
  nng_stats_free(all);
  return found;
}

void sp_listener::on_watch(nanolib::instant now) noexcept {
  nanolib::duration next = options_.listener_check;
  if (!is_open_) {
    if (start(url_) != 0) next = pause;
  } else if (const auto found = read()) {
    next = look(*found);
  }
  loop_.timers().set(watch_, now + next);
}

// How long until the next look.
nanolib::duration sp_listener::look(const figures& found) noexcept {
  const auto soon = std::min(probe_look, options_.listener_check);
  if (silent_looks_ != not_tried && found.all == seen_.all) {
    if (probe_ && probe_->has_knocked() && ++silent_looks_ == most_silent_looks) {
      probe_.reset();
      nng_listener_close(listener_);
      is_open_ = false;
      ++renewals_;
      if (observer_ != nullptr) observer_->on_listener_renewed(url_);
      return nanolib::duration(1);
    }
    probe_ = sp_probe::begin(listener_, url_);  // the last one may have come while nng paused
    return soon;
  }
  // Also while it knocked: that may have been after the knock.
  const bool may_have_stopped = found.other != seen_.other;
  seen_ = found;
  probe_.reset();
  if (may_have_stopped) probe_ = sp_probe::begin(listener_, url_);
  silent_looks_ = may_have_stopped ? 0 : not_tried;
  return may_have_stopped ? soon : options_.listener_check;
}

}  // namespace nanonng::net
