// What a run of load shows while it goes on: one line that is written over and over on a terminal, plain lines elsewhere.
#pragma once

#include <string>

#include "nanomq/tools/load_run.hpp"

namespace nanomq::program {

/// "sent: total=1200, rate=400(msg/sec)": the lines of one progress, as emqtt-bench and NanoMQ write them.
[[nodiscard]] std::string progress_lines(tools::load_kind kind, const tools::load_progress& now);
/// The same for a terminal, in one line without its end.
[[nodiscard]] std::string progress_line(const tools::load_plan& plan, const tools::load_progress& now);

/// Thread: one.
class load_screen final : public tools::load_observer {
 public:
  enum class manner : unsigned char { silent, plain, terminal };

  load_screen(const tools::load_plan& plan, manner how, int descriptor) noexcept
      : plan_(plan), how_(how), descriptor_(descriptor) {}

  void on_progress(const tools::load_progress& now) override;
  /// The summary begins on a line of its own.
  void finish();

 private:
  void write(const std::string& text) const;

  const tools::load_plan& plan_;
  manner how_;
  int descriptor_;
  bool has_written_ = false;
};

}  // namespace nanomq::program
