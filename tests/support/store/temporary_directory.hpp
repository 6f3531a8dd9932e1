// A directory that is gone when the test is over. In memory where that is possible: tests make thousands of files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

namespace nanolib::testing {

class temporary_directory {
 public:
  temporary_directory() {
    for (const std::filesystem::path& parent :
         {std::filesystem::path("/dev/shm"), std::filesystem::temp_directory_path()}) {
      std::string name = (parent / "nanomq-store-XXXXXX").string();
      if (path_.empty() && ::mkdtemp(name.data()) != nullptr) path_ = name;
    }
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace nanolib::testing
