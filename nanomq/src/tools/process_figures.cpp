#include "nanomq/tools/process_figures.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>

namespace nanomq::tools {
namespace {

struct file_closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, file_closer>;

open_file open_proc(int process, const char* name) {
  return open_file{std::fopen(("/proc/" + std::to_string(process) + '/' + name).c_str(), "re")};
}

std::chrono::nanoseconds read_clock(clockid_t which) noexcept {
  timespec time{};
  if (::clock_gettime(which, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

std::chrono::nanoseconds processor_time(int process) noexcept {
  clockid_t clock{};
  if (::clock_getcpuclockid(process, &clock) != 0) return {};
  return read_clock(clock);
}

std::chrono::nanoseconds own_processor_time() noexcept { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

std::uint64_t resident_bytes(int process) {
  const open_file file = open_proc(process, "statm");
  unsigned long long total = 0;
  unsigned long long resident = 0;
  if (!file || std::fscanf(file.get(), "%llu %llu", &total, &resident) != 2) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t private_bytes(int process) {
  const open_file file = open_proc(process, "smaps_rollup");
  std::uint64_t kilobytes = 0;
  char line[256];
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    const std::string_view text{line};
    const std::size_t colon = text.find(':');
    if (text.starts_with("Private_") && colon != std::string_view::npos) {
      kilobytes += std::strtoull(line + colon + 1, nullptr, 10);
    }
  }
  return kilobytes * 1024;
}

std::uint64_t bytes_written(int process) {
  const open_file file = open_proc(process, "io");
  constexpr std::string_view wanted = "write_bytes:";
  char line[256];
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    if (std::string_view{line}.starts_with(wanted)) return std::strtoull(line + wanted.size(), nullptr, 10);
  }
  return 0;
}

}  // namespace nanomq::tools
