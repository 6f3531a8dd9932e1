#include "store/fault_vfs.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace nanolib::testing {

namespace {

std::string base_name(const char* path) {
  const std::string whole = path == nullptr ? "" : path;
  const auto slash = whole.rfind('/');
  return slash == std::string::npos ? whole : whole.substr(slash + 1);
}

/// What SQLite allocates for a file: ours, and behind it the system's.
struct wrapped_file {
  sqlite3_file base;
  fault_vfs* of;
  std::string* name;
  sqlite3_file* system;
  int last_error;  ///< of what was made to fail; 0: ask the system's file
};

wrapped_file& self(sqlite3_file* file) { return *reinterpret_cast<wrapped_file*>(file); }
sqlite3_file* system_file(sqlite3_file* file) { return self(file).system; }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *system_file(file)->pMethods; }

int code_of(fault how) {
  switch (how) {
    case fault::none:
      return SQLITE_OK;
    case fault::no_space:
    case fault::short_write:
      return SQLITE_FULL;
    case fault::quota:
    case fault::broken:
      return SQLITE_IOERR_WRITE;
  }
  return SQLITE_IOERR;
}

void note(const wrapped_file& file, file_event::kind what, std::uint64_t offset, const void* data, std::size_t size) {
  if (!file.of->records) return;
  const auto* bytes = static_cast<const std::byte*>(data);
  file.of->events.push_back({what, *file.name, offset, std::vector<std::byte>(bytes, bytes + size)});
}

int on_close(sqlite3_file* file) {
  const int code = methods(file).xClose(system_file(file));
  delete self(file).name;
  return code;
}

int on_read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  return methods(file).xRead(system_file(file), into, size, offset);
}

int on_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const auto length = static_cast<std::size_t>(size);
  const fault how = self(file).of->ask(file_event::kind::write, *self(file).name, length);
  // As the system's files do: remembered until the next error.
  if (how != fault::none) self(file).last_error = how == fault::quota ? EDQUOT : how == fault::broken ? EIO : ENOSPC;
  const std::size_t written = how == fault::none ? length : how == fault::short_write ? length / 2 : 0;
  if (written > 0) {
    const int code = methods(file).xWrite(system_file(file), from, static_cast<int>(written), offset);
    if (code != SQLITE_OK) return code;
    self(file).of->bytes_written += written;
    note(self(file), file_event::kind::write, static_cast<std::uint64_t>(offset), from, written);
  }
  return code_of(how);
}

int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const fault how = self(file).of->ask(file_event::kind::truncate, *self(file).name, 0);
  if (how == fault::broken) return SQLITE_IOERR_TRUNCATE;  // what makes a file smaller needs no space
  note(self(file), file_event::kind::truncate, static_cast<std::uint64_t>(size), nullptr, 0);
  return methods(file).xTruncate(system_file(file), size);
}

int on_sync(sqlite3_file* file, int flags) {
  const fault how = self(file).of->ask(file_event::kind::sync, *self(file).name, 0);
  if (how != fault::none) return how == fault::broken ? SQLITE_IOERR_FSYNC : code_of(how);
  ++self(file).of->syncs_asked;
  note(self(file), file_event::kind::sync, 0, nullptr, 0);
  return self(file).of->syncs ? methods(file).xSync(system_file(file), flags) : SQLITE_OK;
}

int on_size(sqlite3_file* file, sqlite3_int64* size) { return methods(file).xFileSize(system_file(file), size); }
int on_lock(sqlite3_file* file, int level) { return methods(file).xLock(system_file(file), level); }
int on_unlock(sqlite3_file* file, int level) { return methods(file).xUnlock(system_file(file), level); }
int on_check_lock(sqlite3_file* file, int* held) { return methods(file).xCheckReservedLock(system_file(file), held); }
int on_control(sqlite3_file* file, int what, void* with) {
  if (what == SQLITE_FCNTL_LAST_ERRNO && self(file).last_error != 0) {
    *static_cast<int*>(with) = self(file).last_error;
    return SQLITE_OK;
  }
  return methods(file).xFileControl(system_file(file), what, with);
}
int on_sector(sqlite3_file* file) { return methods(file).xSectorSize(system_file(file)); }
int on_device(sqlite3_file* file) { return methods(file).xDeviceCharacteristics(system_file(file)); }
int on_map(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  return methods(file).xShmMap(system_file(file), region, size, extend, at);
}
int on_map_lock(sqlite3_file* file, int offset, int count, int flags) {
  return methods(file).xShmLock(system_file(file), offset, count, flags);
}
void on_barrier(sqlite3_file* file) { methods(file).xShmBarrier(system_file(file)); }
int on_unmap(sqlite3_file* file, int remove) { return methods(file).xShmUnmap(system_file(file), remove); }

constexpr sqlite3_io_methods wrapped_methods{
    2,          on_close,  on_read,   on_write, on_truncate, on_sync,    on_size,  on_lock, on_unlock, on_check_lock,
    on_control, on_sector, on_device, on_map,   on_map_lock, on_barrier, on_unmap, nullptr, nullptr};

sqlite3_vfs* system_vfs(sqlite3_vfs* of) { return static_cast<fault_vfs*>(of->pAppData)->system(); }

int on_open(sqlite3_vfs* of, sqlite3_filename path, sqlite3_file* file, int flags, int* given) {
  auto* made = new (file) wrapped_file{};
  made->of = static_cast<fault_vfs*>(of->pAppData);
  made->system = reinterpret_cast<sqlite3_file*>(made + 1);
  const int code = system_vfs(of)->xOpen(system_vfs(of), path, made->system, flags, given);
  if (made->system->pMethods == nullptr) return code;
  made->name = new std::string(base_name(path));
  made->base.pMethods = &wrapped_methods;
  return code;
}

int on_delete(sqlite3_vfs* of, const char* path, int sync) {
  auto* whole = static_cast<fault_vfs*>(of->pAppData);
  if (whole->records) whole->events.push_back({file_event::kind::remove, base_name(path), 0, {}});
  return system_vfs(of)->xDelete(system_vfs(of), path, whole->syncs ? sync : 0);
}

int on_access(sqlite3_vfs* of, const char* path, int flags, int* answer) {
  return system_vfs(of)->xAccess(system_vfs(of), path, flags, answer);
}

int on_full_name(sqlite3_vfs* of, const char* path, int size, char* into) {
  return system_vfs(of)->xFullPathname(system_vfs(of), path, size, into);
}

int on_last_error(sqlite3_vfs* of, int size, char* into) {
  return system_vfs(of)->xGetLastError(system_vfs(of), size, into);
}

}  // namespace

struct fault_vfs::registration {
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  sqlite3_vfs made{};
  std::string name;
};

fault_vfs::fault_vfs() : registered_(std::make_unique<registration>()) {
  static int count = 0;
  registered_->name = "faults-" + std::to_string(++count);
  sqlite3_vfs& made = registered_->made;
  made = *registered_->system;
  made.pNext = nullptr;
  made.iVersion = 1;
  made.zName = registered_->name.c_str();
  made.pAppData = this;
  made.szOsFile = static_cast<int>(sizeof(wrapped_file)) + registered_->system->szOsFile;
  made.xOpen = on_open;
  made.xDelete = on_delete;
  made.xAccess = on_access;
  made.xFullPathname = on_full_name;
  made.xGetLastError = on_last_error;
  sqlite3_vfs_register(&made, 0);
}

fault_vfs::~fault_vfs() { sqlite3_vfs_unregister(&registered_->made); }

const std::string& fault_vfs::name() const noexcept { return registered_->name; }

sqlite3_vfs* fault_vfs::system() const noexcept { return registered_->system; }

fault fault_vfs::ask(file_event::kind what, const std::string& file, std::size_t size) {
  const operation asked{what, file, operations++, size};
  return decide ? decide(asked) : fault::none;
}

void fault_vfs::mark(std::string text) {
  if (records) events.push_back({file_event::kind::mark, std::move(text), 0, {}});
}

std::function<fault(const operation&)> fail_at(std::uint64_t number, fault how, bool for_good) {
  return [=](const operation& one) {
    return one.number == number || (for_good && one.number > number) ? how : fault::none;
  };
}

}  // namespace nanolib::testing
