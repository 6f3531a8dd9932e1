// What a disk may hold after the power went at some moment: everything that was synced, and of the rest whatever it likes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "store/fault_vfs.hpp"

namespace nanolib::testing {

using file_content = std::vector<std::byte>;
/// The files that there are, by name.
using disk_image = std::map<std::string, file_content>;

/// How the writes that were not synced fared.
enum class loss : std::uint8_t {
  none,       ///< all arrived: the process was killed, not the power
  all,        ///< none arrived
  after,      ///< those up to one of them arrived, in their order
  some,       ///< each arrived or did not, whatever the order
  torn_512,   ///< each sector of 512 bytes arrived or did not
  torn_4096,  ///< each page of 4096 bytes
  torn_last,  ///< all but sectors of the last one arrived
};
inline constexpr int kinds_of_loss = 7;

/// Follows the events of a run. Truncations and removals are not durable either before their file is synced.
class simulated_disk {
 public:
  explicit simulated_disk(disk_image at_first = {});

  void apply(const file_event& event);
  /// One of the images that the power cut may leave now.
  [[nodiscard]] disk_image cut(loss how, std::mt19937& random) const;
  /// Whether anything is not synced, so that different losses make a difference.
  [[nodiscard]] bool has_pending() const noexcept;

 private:
  struct file {
    bool exists = false;
    file_content synced;
    std::vector<file_event> pending;  ///< writes, truncations and removals since the last sync
  };

  std::map<std::string, file> files_;
};

}  // namespace nanolib::testing
