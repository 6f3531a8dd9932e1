// A client tool as a process: stdout and stderr, and the signals that end it.
#pragma once

#include <functional>
#include <string_view>

#include "nanomq/tools/tool_run.hpp"

namespace nanomq::program {

/// stdout and stderr. Nothing is kept back: a reader sees a line as soon as the tool has written it.
class standard_output final : public tools::tool_output {
 public:
  explicit standard_output(bool quiet) noexcept : quiet_(quiet) {}
  [[nodiscard]] bool write(std::string_view text) override;
  void complain(std::string_view line) override;
  [[nodiscard]] int descriptor() const noexcept override;

 private:
  bool quiet_;
};

/// What becomes of the process when SIGINT or SIGTERM has ended the run.
enum class after_signal : bool {
  exit,  ///< it exits with what the run said
  die,   ///< it dies of the signal, as a program that does not handle it
};

/// Which signal asks a tool how it stands.
enum class report_signal : bool { none, usr1 };

/// Runs a tool, and ends it at SIGINT, SIGTERM and SIGHUP; a second one kills. The answer: the exit status.
int run_tool(after_signal then, const std::function<int(tools::run_control& control)>& tool,
             report_signal reports = report_signal::none);

}  // namespace nanomq::program
