// What a flow says at its end: the account of every message, then the figures.
#include <algorithm>

#include "flow_run.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::bench {

using tools::text;
namespace {

double microseconds(std::chrono::nanoseconds time) noexcept { return static_cast<double>(time.count()) / 1e3; }
double seconds(std::chrono::nanoseconds time) noexcept { return static_cast<double>(time.count()) / 1e9; }
double kibibytes(std::uint64_t bytes) noexcept { return static_cast<double>(bytes) / 1024; }

}  // namespace

void flow_run::account_for_everything() {
  std::uint64_t missing = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;
  for (std::size_t at = 0; at < subscribers_.size(); ++at) {
    const std::vector<tools::arrival_check>& streams = subscribers_[at].from;
    for (std::size_t stream = 0; stream < streams.size(); ++stream) {
      const std::size_t source = shape_.pattern == flow_pattern::pairs ? at : stream;
      missing += streams[stream].missing(publishers_[source].sent);
      duplicates += streams[stream].duplicates();
      reordered += streams[stream].reordered();
    }
  }
  if (missing + duplicates + reordered == 0 && received_ != 0) return;
  add_fault(text("of %llu sent: %llu missing, %llu twice, %llu out of order", static_cast<unsigned long long>(sent_),
                 static_cast<unsigned long long>(missing), static_cast<unsigned long long>(duplicates),
                 static_cast<unsigned long long>(reordered)));
}

measurement flow_run::report(std::chrono::nanoseconds spent, std::chrono::nanoseconds own,
                             clock::duration taken) const {
  measurement out{.figures = {}, .fault = fault(), .note = {}};
  const double per_delivery = microseconds(spent) / static_cast<double>(std::max<std::uint64_t>(received_, 1));
  if (shape_.focus == flow_focus::latency) {
    out.figures = {{"median latency", "us", microseconds(latency_.quantile(0.5))},
                   {"99 % latency", "us", microseconds(latency_.quantile(0.99))},
                   {"99.9 % latency", "us", microseconds(latency_.quantile(0.999))}};
  } else if (shape_.focus == flow_focus::memory) {
    out.figures = {{"private at start", "KiB", kibibytes(private_at_start_)},
                   {"private under load", "KiB", kibibytes(std::max(private_at_most_, private_at_start_))}};
  }
  out.figures.push_back({"CPU per delivery", "us", per_delivery});
  const double length = std::max(seconds(taken), 1e-9);
  out.note = text("%.0f deliveries/s, broker %.2f cores, load %.2f cores", static_cast<double>(received_) / length,
                  seconds(spent) / length, seconds(own) / length);
  return out;
}

measurement run_flow(const target& broker, const flow_shape& shape) { return flow_run{broker, shape}.measure(); }

}  // namespace nanomq::bench
