#include "nanomq/broker/packet_traces.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "broker/packet_text.hpp"
#include "nanolib/base/event_text.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanomq/access/address.hpp"

namespace nanomq::broker {

namespace {

/// The address of whoever comes over a Unix socket.
constexpr std::string_view local = "unix";

std::unexpected<nanolib::error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

std::string criteria_of(const trace_request& request) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out.append(out.empty() ? "" : ", ").append(name).append(" ").append(value);
  };
  add("client", request.client_id);
  add("topic", request.topic_filter);
  add("address", request.network);
  return out;
}

}  // namespace

/// One trace, and its file. Thread: externally synchronised.
class packet_traces::trace {
 public:
  trace(trace_request request, std::optional<access::ip_network> network, int file, nanolib::instant ends)
      : request_(std::move(request)), network_(network), file_(file), ends_(ends) {}
  ~trace() { ::close(file_); }
  trace(const trace&) = delete;
  trace& operator=(const trace&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return request_.name; }
  [[nodiscard]] const std::string& file() const noexcept { return request_.file; }
  [[nodiscard]] nanolib::instant ends() const noexcept { return ends_; }
  /// Why nothing more is written; empty: it is.
  [[nodiscard]] std::string_view ended() const noexcept { return ended_; }

  [[nodiscard]] bool wants(const traced_packet& what) const {
    const auto client = what.connect != nullptr ? what.connect->client_id : what.client_id;
    if (!request_.client_id.empty() && client != request_.client_id) return false;
    if (request_.network == local && what.address != local) return false;
    if (network_) {
      auto text = what.address;
      if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
      const auto address = access::parse_address(text);
      if (!address || !network_->contains(*address)) return false;
    }
    if (request_.topic_filter.empty()) return true;
    if (what.publish != nullptr) return nanolib::matches(request_.topic_filter, what.publish->topic);
    return what.connect == nullptr && has_filter(what, request_.topic_filter);
  }

  void write(const traced_packet& what, nanolib::wall_time now) {
    const auto text = packet_text(what, now, request_.payload_bytes);
    if (bytes_ + text.size() > request_.most_bytes) {
      ended_ = "the file is full";
      return;
    }
    const auto written = ::write(file_, text.data(), text.size());
    if (written > 0) bytes_ += static_cast<std::uint64_t>(written);
    if (written == static_cast<ssize_t>(text.size())) {
      ++packets_;
    } else {  // what would be missing later is not known
      ended_ = "the file cannot be written";
      torn_ = written > 0;
    }
  }

  // The last line, so that who reads knows why there is no more.
  void say_end(nanolib::wall_time now, std::string_view why) {
    std::string text(torn_ ? "\n" : "");
    nanolib::append_iso_time(text, now);
    text.append(" the trace has ended: ").append(why).append("\n");
    (void)!::write(file_, text.data(), text.size());
  }

  [[nodiscard]] trace_status status(nanolib::instant now) const {
    return {request_.name, criteria_of(request_),
            request_.file, packets_,
            bytes_,        std::max(ends_ - now, nanolib::duration(0))};
  }

 private:
  trace_request request_;
  std::optional<access::ip_network> network_;
  int file_;
  nanolib::instant ends_;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::string_view ended_;
  bool torn_ = false;  ///< it ends in half a line
};

packet_traces::packet_traces(nanolib::clock& time) noexcept : clock_(time) {}
packet_traces::~packet_traces() = default;

void packet_traces::note(const traced_packet& what) noexcept {
  try {
    const nanolib::mutex_lock lock(mutex_);
    const auto now = clock_.now();
    for (std::size_t i = traces_.size(); i-- > 0;) {
      trace& one = *traces_[i];
      if (one.ends() <= now) {
        one.say_end(clock_.wall_now(), "its time is over");
        end(i);
      } else if (one.wants(what)) {
        one.write(what, clock_.wall_now());
        if (one.ended().empty()) continue;
        one.say_end(clock_.wall_now(), one.ended());
        end(i);
      }
    }
  } catch (...) {
    // No memory for a line: it is missing.
  }
}

nanolib::result<trace_status> packet_traces::start(const trace_request& request, std::string& why) {
  std::optional<access::ip_network> network;
  const bool is_local = request.network == local;
  if (!request.network.empty() && !is_local) {
    network = access::parse_network(request.network);
    if (!network) {
      return refuse(why, "\"" + request.network + "\" is no address, no network such as 10.0.0.0/8 and not unix");
    }
  }
  const auto& filter = request.topic_filter;
  const auto parsed = nanolib::parse_topic_filter(filter);
  if (!filter.empty() && (!parsed || parsed->is_shared())) return refuse(why, "\"" + filter + "\" is no topic filter");
  if (request.client_id.empty() && filter.empty() && request.network.empty()) {
    return refuse(why, "what is to be traced? A client, a topic filter or an address");
  }
  if (!request.file.starts_with('/')) return refuse(why, "the file needs a path from the root on");
  if (request.payload_bytes > most_payload_bytes) {
    return refuse(why, "at most " + std::to_string(most_payload_bytes) + " bytes of a payload are shown");
  }
  const nanolib::mutex_lock lock(mutex_);
  if (traces_.size() >= most_traces) {
    return refuse(why, "there are " + std::to_string(most_traces) + " traces already: end one first");
  }
  auto whole = request;
  if (whole.name.empty()) whole.name = "trace-" + std::to_string(++made_);
  if (std::ranges::find(traces_, whole.name, [](const auto& one) { return one->name(); }) != traces_.end()) {
    return refuse(why, "there is a trace \"" + whole.name + "\" already");
  }
  // Nothing that is there is written over, and no link is followed.
  const int file = ::open(request.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    const auto failed = nanolib::last_system_error();
    why = request.file + ": " + std::string(nanolib::describe(failed));
    if (failed.code == EROFS || failed.code == EACCES) why += "; name a file where the broker may write";
    return std::unexpected(failed);
  }
  const auto now = clock_.now();
  auto made = std::make_unique<trace>(std::move(whole), network, file, now + request.length);
  traces_.push_back(std::move(made));
  count_.store(static_cast<std::uint32_t>(traces_.size()), std::memory_order_relaxed);
  return traces_.back()->status(now);
}

std::optional<trace_status> packet_traces::stop(std::string_view name) {
  const nanolib::mutex_lock lock(mutex_);
  for (std::size_t i = 0; i < traces_.size(); ++i) {
    if (traces_[i]->name() != name) continue;
    traces_[i]->say_end(clock_.wall_now(), "it was stopped");
    const auto last = traces_[i]->status(clock_.now());
    end(i);
    return last;
  }
  return std::nullopt;
}

std::vector<trace_status> packet_traces::list() {
  expire();
  const nanolib::mutex_lock lock(mutex_);
  std::vector<trace_status> all;
  for (const auto& one : traces_) all.push_back(one->status(clock_.now()));
  return all;
}

void packet_traces::expire() noexcept {
  if (!any()) return;
  try {
    const nanolib::mutex_lock lock(mutex_);
    for (std::size_t i = traces_.size(); i-- > 0;) {
      if (traces_[i]->ends() > clock_.now()) continue;
      traces_[i]->say_end(clock_.wall_now(), "its time is over");
      end(i);
    }
  } catch (...) {
    // No memory for the line that says so: the next packet ends it.
  }
}

void packet_traces::end(std::size_t index) {
  traces_.erase(traces_.begin() + static_cast<std::ptrdiff_t>(index));
  count_.store(static_cast<std::uint32_t>(traces_.size()), std::memory_order_relaxed);
}

}  // namespace nanomq::broker
