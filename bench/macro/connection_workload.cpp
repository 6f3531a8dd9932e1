#include "connection_workload.hpp"

#include "nanomq/tools/process_figures.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::bench {

using tools::processor_time;
using tools::resident_bytes;
using tools::text;
namespace {

using namespace std::chrono_literals;

constexpr auto settling_time = 700ms;
constexpr auto idle_time = 500ms;

class connection_run final : public population {
 public:
  using population::population;

  measurement measure(std::size_t count) {
    const int process = broker().process;
    const auto resident = resident_bytes(process);
    const auto spent = processor_time(process);
    std::vector<client*> clients;
    if (!open(clients, count, "idle")) return {.figures = {}, .fault = fault(), .note = {}};
    const std::chrono::duration<double, std::micro> connecting = processor_time(process) - spent;
    idle(settling_time);
    const auto grown = static_cast<double>(resident_bytes(process)) - static_cast<double>(resident);
    const auto quiet = processor_time(process);
    idle(idle_time);
    const std::chrono::duration<double> waste = processor_time(process) - quiet;

    const auto each = static_cast<double>(count);
    measurement out{.figures = {}, .fault = fault(), .note = {}};
    out.figures = {{"memory each", "bytes", grown / each}, {"CPU to connect", "us", connecting.count() / each}};
    out.note = text("idle broker %.3f cores", waste / idle_time);
    return out;
  }
};

}  // namespace

measurement run_connections(const target& broker, std::size_t count) { return connection_run{broker}.measure(count); }

}  // namespace nanomq::bench
