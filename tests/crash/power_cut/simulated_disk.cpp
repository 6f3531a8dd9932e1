#include "simulated_disk.hpp"

#include <algorithm>

namespace nanolib::testing {

namespace {

using kind = file_event::kind;

void write(file_content& into, std::uint64_t offset, const std::byte* data, std::size_t size) {
  if (into.size() < offset + size) into.resize(offset + size);
  std::copy_n(data, size, into.begin() + static_cast<std::ptrdiff_t>(offset));
}

void perform(file_content& on, const file_event& event) {
  if (event.what == kind::write) {
    write(on, event.offset, event.data.data(), event.data.size());
  } else if (event.what == kind::truncate && on.size() > event.offset) {
    on.resize(event.offset);
  }
}

bool toss(std::mt19937& random) { return (random() & 1U) != 0; }

// Sectors are aligned to the disk, not to the write.
void perform_torn(file_content& on, const file_event& event, std::uint64_t sector, std::mt19937& random) {
  for (std::size_t at = 0; at < event.data.size();) {
    const std::uint64_t place = event.offset + at;
    const std::size_t length = std::min<std::size_t>(event.data.size() - at, sector - place % sector);
    if (toss(random)) write(on, place, event.data.data() + at, length);
    at += length;
  }
}

void perform_some(file_content& on, const file_event& event, loss how, bool is_last, std::mt19937& random) {
  const bool is_write = event.what == kind::write;
  switch (how) {
    case loss::torn_512:
      return is_write ? perform_torn(on, event, 512, random) : perform(on, event);
    case loss::torn_4096:
      return is_write ? perform_torn(on, event, 4096, random) : perform(on, event);
    case loss::torn_last:
      return is_write && is_last ? perform_torn(on, event, 512, random) : perform(on, event);
    case loss::some:
      if (toss(random)) perform(on, event);
      return;
    default:
      return perform(on, event);
  }
}

}  // namespace

simulated_disk::simulated_disk(disk_image at_first) {
  for (auto& [name, content] : at_first) files_[name] = {true, std::move(content), {}};
}

void simulated_disk::apply(const file_event& event) {
  if (event.what == kind::mark) return;
  file& of = files_[event.file];
  if (event.what != kind::sync) {
    of.pending.push_back(event);
    return;
  }
  for (const file_event& one : of.pending) {
    of.exists = one.what != kind::remove;
    if (!of.exists) of.synced.clear();
    perform(of.synced, one);
  }
  of.pending.clear();
}

bool simulated_disk::has_pending() const noexcept {
  return std::ranges::any_of(files_, [](const auto& one) { return !one.second.pending.empty(); });
}

disk_image simulated_disk::cut(loss how, std::mt19937& random) const {
  disk_image image;
  for (const auto& [name, of] : files_) {
    file_content content = of.synced;
    bool exists = of.exists;
    std::size_t count = of.pending.size();
    if (how == loss::all) count = 0;
    if (how == loss::after) count = random() % (count + 1);
    for (std::size_t at = 0; at < count; ++at) {
      const file_event& event = of.pending[at];
      if (event.what == kind::remove) {
        // The name may still stand for the old file, whatever was done to a new one since.
        if (how != loss::none && toss(random)) break;
        exists = false;
        content.clear();
        continue;
      }
      exists = true;
      perform_some(content, event, how, at + 1 == count, random);
    }
    if (exists) image[name] = std::move(content);
  }
  return image;
}

}  // namespace nanolib::testing
