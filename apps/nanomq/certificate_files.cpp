#include "certificate_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "nanolib/base/write_all.hpp"
#include "nanomq/config/small_file.hpp"

namespace nanomq::program {
namespace {

constexpr mode_t for_the_owner = 0600;
constexpr mode_t for_everybody = 0644;
constexpr std::size_t largest_file = std::size_t{4} << 20U;

[[noreturn]] void fail(const std::string& path) { throw std::runtime_error(path + ": " + std::strerror(errno)); }

/// A new file beside its place, then to its place: nobody ever sees half of one, or a key with the rights of the file before.
void place(const std::string& path, std::string_view text, mode_t mode, bool force) {
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) fail(path);
  bool good = nanolib::write_all(file, text) && ::fchmod(file, mode) == 0 && ::fsync(file) == 0;
  good = ::close(file) == 0 && good;
  // A link is refused where something is.
  if (good && !force) good = ::link(temporary.c_str(), path.c_str()) == 0;
  if (good && force) good = std::rename(temporary.c_str(), path.c_str()) == 0;
  const int why = errno;
  if (!good || !force) (void)::unlink(temporary.c_str());
  errno = why;
  if (!good) fail(path);
}

void refuse_what_is_there(const std::string& path) {
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0) {
    throw std::runtime_error(path + ": is there already; --force replaces it");
  }
}

}  // namespace

void place_certificate(const certificate_paths& where, const nanonng::net::certificate_and_key& what, bool force) {
  if (!force) {
    refuse_what_is_there(where.key);
    refuse_what_is_there(where.certificate);
  }
  place(where.key, what.key, for_the_owner, force);
  place(where.certificate, what.certificate, for_everybody, force);
}

std::string read_certificate_file(const std::string& path) {
  std::string why;
  auto text = config::read_small_file(path, largest_file, why);
  if (!text) throw std::runtime_error(path + ": " + why);
  return *std::move(text);
}

}  // namespace nanomq::program
