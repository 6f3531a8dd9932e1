// Stands in for the store on disk in a build without SQLite.
#include <cerrno>

#include "nanolib/cache/sqlite_store.hpp"

namespace nanolib {

result<std::unique_ptr<store>> open_sqlite_store(const sqlite_store_options& options, store_opening&,
                                                 std::string& why) {
  why = options.directory + ": this program was built without a store on disk";
  return std::unexpected(error{error_domain::sys, ENOSYS});
}

result<void> check_store_directory(const std::string& path, std::string& why) {
  why = path + ": this program was built without a store on disk";
  return std::unexpected(error{error_domain::sys, ENOSYS});
}

}  // namespace nanolib
