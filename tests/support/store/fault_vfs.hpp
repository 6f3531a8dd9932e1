// A SQLite VFS between a store and the system's files: it counts, it fails where it is told to, and it can write down
// everything that is done to the files, for tests that replay it in part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3_vfs;

namespace nanolib::testing {

/// One thing done to a file.
struct file_event {
  enum class kind : std::uint8_t { write, truncate, sync, remove, mark };
  kind what = kind::write;
  std::string file;          ///< the name without its directory; of a mark: its text
  std::uint64_t offset = 0;  ///< of a truncation the new size
  std::vector<std::byte> data = {};
};

/// What an operation is to end with.
enum class fault : std::uint8_t {
  none,
  no_space,     ///< SQLITE_FULL, nothing written
  short_write,  ///< half of it is written, then there is no space
  quota,        ///< EDQUOT, which SQLite takes for an I/O error
  broken,       ///< EIO
};

/// Asked before every write, truncation and sync. The numbers count from 0.
struct operation {
  file_event::kind what = file_event::kind::write;
  std::string_view file;
  std::uint64_t number = 0;  ///< of all operations
  std::size_t size = 0;
};

/// Thread: used by one store at a time, which may be on any thread. It must outlive the store.
class fault_vfs {
 public:
  fault_vfs();
  fault_vfs(const fault_vfs&) = delete;
  fault_vfs& operator=(const fault_vfs&) = delete;
  ~fault_vfs();

  /// For sqlite_store_options::vfs.
  [[nodiscard]] const std::string& name() const noexcept;

  /// What decides; empty: nothing fails.
  std::function<fault(const operation&)> decide;
  /// Whether syncs reach the system; for tests that make thousands of stores.
  bool syncs = true;
  /// Whether events are kept.
  bool records = false;
  std::vector<file_event> events;
  /// Notes something between the events.
  void mark(std::string text);

  std::uint64_t operations = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t syncs_asked = 0;

  /// For the file methods.
  [[nodiscard]] fault ask(file_event::kind what, const std::string& file, std::size_t size);
  [[nodiscard]] sqlite3_vfs* system() const noexcept;

 private:
  struct registration;
  std::unique_ptr<registration> registered_;
};

/// Fails operation number `number`, and with `for_good` every later one as well.
[[nodiscard]] std::function<fault(const operation&)> fail_at(std::uint64_t number, fault how, bool for_good = false);

}  // namespace nanolib::testing
