// The log on the console and in a file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

#include "descriptor_writer.hpp"
#include "log_output.hpp"

namespace nanomq::program {
namespace {

class console final : public log_output {
 public:
  bool put(nanolib::log_level, std::string_view line) noexcept override {
    std::size_t size = 0;
    try {
      return writer_.write(STDERR_FILENO, line, false, size);
    } catch (...) {
      return false;
    }
  }

 private:
  descriptor_writer writer_;
};

int open_for_appending(const std::string& path) noexcept {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
}

class file final : public log_output {
 public:
  file(log_file_options options, int descriptor) : options_(std::move(options)) { use(descriptor); }
  ~file() override { ::close(descriptor_); }

  bool put(nanolib::log_level, std::string_view line) noexcept override {
    try {
      if (rotates_ && size_ > 0 && size_ + line.size() + 1 > rotate_at_) rotate();
      if (is_misplaced_) open_again();
      std::size_t written = 0;
      const bool done = writer_.write(descriptor_, line, false, written);
      size_ += written;
      return done;
    } catch (...) {
      return false;
    }
  }

 private:
  void use(int descriptor) {
    descriptor_ = descriptor;
    writer_.forget();
    struct stat about{};
    rotates_ = options_.rotation_size > 0 && ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
    size_ = rotates_ ? static_cast<std::uint64_t>(about.st_size) : 0;
    rotate_at_ = options_.rotation_size;
    // Through a symbolic link: what is renamed is the file, not the link.
    char* const real = rotates_ ? ::realpath(options_.path.c_str(), nullptr) : nullptr;
    path_ = real != nullptr ? real : options_.path;
    std::free(real);
  }

  void rotate() {
    for (auto number = options_.rotation_count; number > 1; --number) {
      (void)std::rename(numbered(number - 1).c_str(), numbered(number).c_str());
    }
    if (std::rename(path_.c_str(), numbered(1).c_str()) != 0) {
      rotate_at_ = size_ + options_.rotation_size;  // it grows on, and another try comes
      return;
    }
    is_misplaced_ = true;
  }

  // Until there is a descriptor for the new one, lines go to the end of the old.
  void open_again() {
    const int next = open_for_appending(options_.path);
    if (next < 0) return;
    ::close(std::exchange(descriptor_, -1));
    is_misplaced_ = false;
    use(next);
  }

  [[nodiscard]] std::string numbered(std::uint32_t number) const { return path_ + "." + std::to_string(number); }

  log_file_options options_;
  std::string path_;
  int descriptor_ = -1;
  descriptor_writer writer_;
  std::uint64_t size_ = 0;
  std::uint64_t rotate_at_ = 0;
  bool rotates_ = false;
  bool is_misplaced_ = false;  ///< what is open has been renamed
};

}  // namespace

std::unique_ptr<log_output> console_output() { return std::make_unique<console>(); }

nanolib::result<std::unique_ptr<log_output>> open_file_output(log_file_options options) {
  const int descriptor = open_for_appending(options.path);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  return std::make_unique<file>(std::move(options), descriptor);
}

}  // namespace nanomq::program
