#include "admin/control_session.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::admin {

control_session::control_session(nanonng::net::event_loop& loop, std::unique_ptr<nanonng::net::stream> over,
                                 surroundings& around)
    : around_(around), connection_(loop, std::move(over), *this) {
  wait_again();
}

void control_session::wait_again() noexcept {
  connection_.loop().timers().set(timer_, connection_.loop().now() + around_.patience);
}

void control_session::turn_away(std::string_view answer) noexcept {
  timer_.cancel();
  (void)connection_.append(nanolib::as_bytes(answer));
  connection_.close_after_flush(connection_.loop().now() + around_.patience);
}

void control_session::answer(std::string_view line) noexcept {
  const auto text = around_.answer(line);
  if (text.empty() || !connection_.append(nanolib::as_bytes(text))) return connection_.close();
  connection_.flush();
  wait_again();
}

nanonng::net::connection_handler::consumed control_session::on_input(nanolib::bytes input) noexcept {
  std::size_t used = 0;
  while (!connection_.closed()) {
    const auto rest = nanolib::as_text(input.subspan(used));
    const auto end = rest.find('\n', std::min(searched_, rest.size()));
    if (std::min(end, rest.size()) > around_.longest_line) {
      turn_away("{\"ok\":false,\"error\":\"the request is too long\",\"exit_status\":2}\n");
      break;
    }
    searched_ = end == std::string_view::npos ? rest.size() : 0;
    if (end == std::string_view::npos) break;
    used += end + 1;
    const auto line = rest.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) answer(line);
    // Who does not read its answers is not asked what else it wants.
    if (connection_.is_blocked()) {
      connection_.pause_input(true);
      break;
    }
  }
  return {used, 0};
}

void control_session::on_drained() noexcept {
  wait_again();
  connection_.pause_input(false);
}

void control_session::on_closed(nanolib::error) noexcept {
  timer_.cancel();
  connection_.close();
}

void control_session::on_timer(nanolib::instant) noexcept {
  around_.timed_out();
  connection_.close();
}

}  // namespace nanomq::admin
