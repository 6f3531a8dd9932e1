// A disk that gets full, for regular files: no write goes beyond so many bytes of a file while this lives. What fits is written,
// as on a real one.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <cstdint>

namespace nanomq::test {

/// For the whole process: nothing else is to write to files meanwhile, not even to a standard output that is one.
class file_size_limit {
 public:
  explicit file_size_limit(std::uint64_t bytes) noexcept : on_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    (void)::getrlimit(RLIMIT_FSIZE, &before_);
    auto now = before_;
    now.rlim_cur = static_cast<rlim_t>(bytes);
    (void)::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~file_size_limit() {
    (void)::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, on_signal_);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

 private:
  void (*on_signal_)(int);
  struct rlimit before_{};
};

}  // namespace nanomq::test
