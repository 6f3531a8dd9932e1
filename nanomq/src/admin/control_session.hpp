// One connection to the control socket: lines in, lines out, and a time for each.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "nanonng/net/connection.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::admin {

/// Thread: the loop's. Destroyed in the loop's after_flush hook, once has_ended().
class control_session final : private nanonng::net::connection_handler {
 public:
  /// What a session needs of its server, which outlives it.
  struct surroundings {
    std::function<std::string(std::string_view line)> answer;  ///< with its line's end
    std::function<void()> timed_out;
    std::size_t longest_line;
    nanolib::duration patience;
  };

  control_session(nanonng::net::event_loop& loop, std::unique_ptr<nanonng::net::stream> over, surroundings& around);

  /// Answers before anything was asked, and ends.
  void turn_away(std::string_view answer) noexcept;
  [[nodiscard]] bool has_ended() const noexcept { return connection_.closed(); }

 private:
  consumed on_input(nanolib::bytes input) noexcept override;
  void on_closed(nanolib::error why) noexcept override;
  void on_drained() noexcept override;
  void on_timer(nanolib::instant now) noexcept;
  void answer(std::string_view line) noexcept;
  void wait_again() noexcept;

  surroundings& around_;
  nanonng::net::connection connection_;
  nanonng::net::timer_of<control_session, &control_session::on_timer> timer_{*this};
  std::size_t searched_ = 0;  ///< of the incomplete line: no end is there
};

}  // namespace nanomq::admin
