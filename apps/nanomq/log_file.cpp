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

bool is_journal() noexcept {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat about{};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &about) != 0) return false;
  return std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino) == stream;
}

class console final : public log_output {
 public:
  bool put(nanolib::log_level level, std::string_view line) noexcept override {
    std::uint64_t size = 0;
    try {
      if (!is_journal_) return writer_.write(STDERR_FILENO, line, size);
      const auto text = "<" + std::to_string(severity_of(level)) + ">" + std::string(line);
      return writer_.write(STDERR_FILENO, text, size);
    } catch (...) {
      return false;
    }
  }
  bool finish() noexcept override {
    std::uint64_t size = 0;
    return writer_.finish(STDERR_FILENO, size);
  }

 private:
  bool is_journal_ = is_journal();
  descriptor_writer writer_;
};

int open_for_appending(const std::string& path) noexcept {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
}

// Whether the file ends in half a line: of a program that was killed, or that had no room for the rest.
bool ends_in_mid_line(int descriptor, const std::string& path) noexcept {
  struct stat about{};
  if (::fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) return false;
  const int reading = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (reading < 0) return false;
  struct stat named{};
  char last = '\n';
  const bool is_same = ::fstat(reading, &named) == 0 && named.st_dev == about.st_dev && named.st_ino == about.st_ino;
  if (is_same) (void)!::pread(reading, &last, 1, about.st_size - 1);
  ::close(reading);
  return last != '\n';
}

class file final : public log_output {
 public:
  file(log_file_options options, int descriptor) : options_(std::move(options)) { use(descriptor); }
  ~file() override { ::close(descriptor_); }

  bool put(nanolib::log_level, std::string_view line) noexcept override {
    try {
      if (rotates_ && size_ > 0 && size_ + line.size() + 1 > rotate_at_) rotate();
      if (is_misplaced_) open_again();
      // As late as can be: until a reload is done, the log before it writes to the same file.
      if (std::exchange(is_new_, false)) writer_.move(ends_in_mid_line(descriptor_, options_.path));
      return writer_.write(descriptor_, line, size_);
    } catch (...) {
      return false;
    }
  }
  bool finish() noexcept override { return writer_.finish(descriptor_, size_); }

 private:
  void use(int descriptor) {
    descriptor_ = descriptor;
    is_new_ = true;
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
    (void)finish();
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
  bool is_new_ = false;        ///< nothing has been written to it
};

}  // namespace

std::unique_ptr<log_output> console_output() { return std::make_unique<console>(); }

nanolib::result<std::unique_ptr<log_output>> open_file_output(log_file_options options) {
  const int descriptor = open_for_appending(options.path);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  return std::make_unique<file>(std::move(options), descriptor);
}

}  // namespace nanomq::program
