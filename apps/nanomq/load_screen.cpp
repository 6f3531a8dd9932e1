#include "load_screen.hpp"

#include <unistd.h>

#include <cerrno>

#include "nanomq/tools/text.hpp"

namespace nanomq::program {

using tools::load_count;
using tools::load_kind;
using tools::load_phase;
using tools::load_progress;
using tools::text;

namespace {

std::string line(const char* what, const load_progress& now, load_count which, const char* unit) {
  return text("%s: total=%llu, rate=%.0f(%s/sec)\n", what, static_cast<unsigned long long>(now.totals[which]),
              now.rate(which), unit);
}

std::string part(const char* what, const load_progress& now, load_count which) {
  return text("  %s %llu (%.0f/s)", what, static_cast<unsigned long long>(now.totals[which]), now.rate(which));
}

}  // namespace

std::string progress_lines(load_kind kind, const load_progress& now) {
  std::string out;
  // Connections that only stand are no news.
  const bool connects = now.totals[load_count::opened] != now.last[load_count::opened];
  if (connects) out += line("connected", now, load_count::opened, "conn");
  if (kind == load_kind::publish || kind == load_kind::roundtrip) out += line("sent", now, load_count::sent, "msg");
  if (kind == load_kind::subscribe || kind == load_kind::roundtrip)
    out += line("recv", now, load_count::received, "msg");
  const std::uint64_t failed = now.totals[load_count::failed] + now.totals[load_count::lost];
  if (failed != now.last[load_count::failed] + now.last[load_count::lost]) {
    out += text("failed: total=%llu\n", static_cast<unsigned long long>(failed));
  }
  return out;
}

std::string progress_line(const tools::load_plan& plan, const load_progress& now) {
  std::string out = text("%4.0f s  %llu/%u connected", std::chrono::duration<double>(now.elapsed).count(),
                         static_cast<unsigned long long>(now.totals.open()), plan.connections());
  if (plan.publishers() != 0) out += part("sent", now, load_count::sent);
  if (plan.subscribers() != 0) out += part("received", now, load_count::received);
  const std::uint64_t failed = now.totals[load_count::failed] + now.totals[load_count::lost];
  if (failed != 0) out += text("  failed %llu", static_cast<unsigned long long>(failed));
  if (now.phase == load_phase::drain) out += "  waiting for the last messages";
  return out;
}

void load_screen::write(const std::string& text) const {
  std::size_t at = 0;
  while (at < text.size()) {
    const ssize_t done = ::write(descriptor_, text.data() + at, text.size() - at);
    if (done < 0 && errno != EINTR) return;  // nobody looks
    if (done > 0) at += static_cast<std::size_t>(done);
  }
}

void load_screen::on_progress(const load_progress& now) {
  if (how_ == manner::silent) return;
  if (how_ == manner::plain) return write(progress_lines(plan_.kind, now));
  has_written_ = true;
  write("\r" + progress_line(plan_, now) + "\x1b[K");
}

void load_screen::finish() {
  if (has_written_) write("\n");
}

}  // namespace nanomq::program
