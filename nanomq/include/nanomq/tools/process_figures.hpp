// What the kernel says about a process: processor time and memory. The broker is never asked.
#pragma once

#include <chrono>
#include <cstdint>

namespace nanomq::tools {

/// User and system time of all threads so far; zero when there is no such process.
[[nodiscard]] std::chrono::nanoseconds processor_time(int process) noexcept;

/// Resident memory in bytes, shared pages included.
[[nodiscard]] std::uint64_t resident_bytes(int process);

/// Memory in bytes that no other process shares. Shape: walks the page tables; not for use while time is measured.
[[nodiscard]] std::uint64_t private_bytes(int process);

/// Bytes that the process has caused to be written to storage; zero when that cannot be read.
/// Spec: proc_pid_io(5), write_bytes.
[[nodiscard]] std::uint64_t bytes_written(int process);

/// Processor time of this program.
[[nodiscard]] std::chrono::nanoseconds own_processor_time() noexcept;

}  // namespace nanomq::tools
