// Cuts the power of a store: records what a run of commits does to the files, and then, for as many moments and ways of
// losing unsynced writes as asked for, opens what the disk may hold and looks whether everything that was acknowledged is
// there, and nothing else but the one commit that was under way.
//
// Some of the opened stores go on, are recorded in turn, and lose their power again: a cut while the store recovers.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/cache/memory_store.hpp"
#include "nanolib/cache/sqlite_store.hpp"
#include "simulated_disk.hpp"
#include "store/sample_workload.hpp"
#include "store/store_contents.hpp"
#include "store/temporary_directory.hpp"

namespace nanolib::testing {
namespace {

namespace fs = std::filesystem;
using contents = std::set<std::string>;

struct settings {
  std::uint64_t points = 1'000;
  std::uint32_t seed = 1;
  durability level = durability::fsync;
  bool without_syncs = false;
  std::string keep;  ///< where the files of what was lost are left; empty: nowhere
};

struct tally {
  std::uint64_t points = 0;
  std::uint64_t second_cuts = 0;
  std::uint64_t in_flight = 0;  ///< points at which the commit under way was there
  std::uint64_t lost = 0;
  std::uint64_t alarms = 0;  ///< sound images that were taken for damaged
};

constexpr int commits_per_run = 40;
constexpr int cuts_per_event = 3;
constexpr int second_cut_every = 8;
constexpr int check_every = 16;

/// What there is after each commit of a workload; the store in memory says it.
std::vector<contents> contents_after_each(std::uint32_t seed, int commits) {
  std::vector<contents> after;
  sample_workload workload(seed);
  const auto reference = open_memory_store();
  after.push_back(contents_of(*reference, workload_time()));
  for (int number = 0; number < commits; ++number) {
    static_cast<void>(reference->commit(workload.next(), workload_time()));
    after.push_back(contents_of(*reference, workload_time()));
  }
  return after;
}

disk_image read_directory(const std::string& path) {
  disk_image image;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name == "lock" || name.ends_with("-shm")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::vector<char> content{std::istreambuf_iterator<char>(in), {}};
    const auto* bytes = reinterpret_cast<const std::byte*>(content.data());
    image[name] = file_content(bytes, bytes + content.size());
  }
  return image;
}

void write_directory(const std::string& path, const disk_image& image) {
  for (const auto& entry : fs::directory_iterator(path)) fs::remove_all(entry.path());
  for (const auto& [name, content] : image) {
    std::ofstream(path + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
}

class power_cut {
 public:
  explicit power_cut(const settings& chosen) : settings_(chosen), random_(chosen.seed) { disk_.syncs = false; }

  [[nodiscard]] tally run() {
    for (std::uint32_t round = 0; tally_.points < settings_.points && tally_.lost == 0; ++round) {
      cut_run(settings_.seed * 1'000 + round);
    }
    return tally_;
  }

 private:
  result<std::unique_ptr<store>> open(const std::string& directory, store_opening& opening) {
    std::string why;
    // A short log, so that there are many checkpoints.
    auto opened = open_sqlite_store(
        {.directory = directory, .level = settings_.level, .log_bytes = 60'000, .vfs = disk_.name()}, opening, why);
    if (!opened) complain("it cannot be opened: " + why);
    return opened;
  }

  /// Commits from number `from` on, with marks before and after each, on what lies in the directory.
  std::vector<file_event> record(const std::string& directory, sample_workload& workload, int from, int to) {
    disk_.events.clear();
    disk_.records = true;
    store_opening opening;
    auto one = open(directory, opening);
    for (int number = from; number < to && one; ++number) {
      disk_.mark("begin");
      if ((*one)->commit(workload.next(), workload_time())) disk_.mark("done");
      static_cast<void>((*one)->tidy());
      // Now and then the process ends and another one begins.
      if (number % 13 == 12) {
        one->reset();
        one = open(directory, opening);
      }
    }
    if (one) one->reset();
    disk_.records = false;
    std::vector<file_event> events = std::move(disk_.events);
    if (settings_.without_syncs)
      std::erase_if(events, [](const file_event& e) { return e.what == file_event::kind::sync; });
    return events;
  }

  void cut_run(std::uint32_t seed) {
    seed_ = seed;
    const std::vector<contents> after = contents_after_each(seed, commits_per_run + 2);
    const temporary_directory made;
    sample_workload workload(seed);
    {
      store_opening opening;
      static_cast<void>(open(made.path(), opening));
    }
    simulated_disk disk(read_directory(made.path()));
    const std::vector<file_event> events = record(made.path(), workload, 0, commits_per_run);
    int begun = 0;
    int done = 0;
    for (event_ = 0; event_ < events.size() && tally_.points < settings_.points && tally_.lost == 0; ++event_) {
      const file_event& event = events[event_];
      if (event.what == file_event::kind::mark) (event.file == "done" ? done : begun) += 1;
      disk.apply(event);
      const int cuts = disk.has_pending() ? cuts_per_event : 1;
      for (int cut = 0; cut < cuts && tally_.lost == 0; ++cut) {
        how_ = static_cast<loss>(random_() % kinds_of_loss);
        const disk_image image = disk.cut(how_, random_);
        examine(image, after, done, begun, tally_.points % second_cut_every == 0);
      }
    }
  }

  /// Opens an image; how many commits are in it. -1: something else is.
  int count_commits(store& one, const std::vector<contents>& after, int done, int begun) {
    const contents found = contents_of(one, workload_time());
    // Without syncs between commits, a power cut may take the last ones; never the middle.
    const int least = settings_.level == durability::fsync ? done : 0;
    for (int count = begun; count >= least; --count) {
      if (found == after[static_cast<std::size_t>(count)]) return count;
    }
    complain("of " + std::to_string(done) + " acknowledged and " + std::to_string(begun) +
             " begun commits not all is there");
    return -1;
  }

  void examine(const disk_image& image, const std::vector<contents>& after, int done, int begun, bool go_on) {
    ++tally_.points;
    present_ = &image;
    write_directory(directory_.path(), image);
    store_opening opening;
    auto one = open(directory_.path(), opening);
    if (!one) return;
    if (opening.set_aside != "") {
      ++tally_.alarms;
      complain("it was taken for damaged: " + opening.damage);
    }
    const int count = count_commits(**one, after, done, begun);
    if (count > done) ++tally_.in_flight;
    if (tally_.points % check_every == 0 && count >= 0) {
      const auto wrong = (*one)->check();
      if (!wrong || !wrong->empty()) complain("it is not sound: " + (wrong ? wrong->front() : "unreadable"));
    }
    one->reset();
    if (go_on && count >= 0) cut_again(image, after, count);
  }

  /// The store that was found goes on with the workload, and loses its power once more.
  void cut_again(const disk_image& image, const std::vector<contents>& after, int count) {
    write_directory(directory_.path(), image);
    sample_workload workload(seed_);
    for (int number = 0; number < count; ++number) static_cast<void>(workload.next());
    const int last = std::min<int>(count + 2, static_cast<int>(after.size()) - 1);
    const std::vector<file_event> events = record(directory_.path(), workload, count, last);
    simulated_disk disk(image);
    int begun = count;
    int done = count;
    const std::size_t moment = random_() % (events.size() + 1);
    for (std::size_t at = 0; at < moment; ++at) {
      if (events[at].what == file_event::kind::mark) (events[at].file == "done" ? done : begun) += 1;
      disk.apply(events[at]);
    }
    ++tally_.second_cuts;
    how_ = static_cast<loss>(random_() % kinds_of_loss);
    examine(disk.cut(how_, random_), after, done, begun, false);
  }

  void complain(const std::string& what) {
    ++tally_.lost;
    std::printf("power cut %llu (workload %u, event %zu, loss %d): %s\n",
                static_cast<unsigned long long>(tally_.points), seed_, event_, static_cast<int>(how_), what.c_str());
    if (settings_.keep.empty() || present_ == nullptr) return;
    fs::create_directories(settings_.keep);
    write_directory(settings_.keep, *present_);
  }

  settings settings_;
  std::mt19937 random_;
  fault_vfs disk_;
  temporary_directory directory_;
  tally tally_;
  std::uint32_t seed_ = 0;
  std::size_t event_ = 0;
  loss how_ = loss::none;
  const disk_image* present_ = nullptr;
};

constexpr const char* usage =
    "usage: nanomq_power_cut [--points N] [--seed N] [--level fsync|process] [--without-syncs]\n"
    "                        [--keep DIR]\n"
    "  --points N       how many cuts to simulate (1000)\n"
    "  --seed N         the workloads and the losses follow from it (1)\n"
    "  --level LEVEL    the durability that the store is opened for (fsync); after `process` only the order is asked "
    "for\n"
    "  --keep DIR       leave the files there that the first failure was found with\n"
    "  --without-syncs  a disk that ignores syncs: acknowledged messages have to be lost, else this test is blind\n";

bool parse(int argc, char** argv, settings& into) {
  for (int at = 1; at < argc; ++at) {
    const std::string_view option = argv[at];
    if (option == "--without-syncs") {
      into.without_syncs = true;
    } else if (at + 1 == argc) {
      return false;
    } else if (option == "--points") {
      into.points = std::strtoull(argv[++at], nullptr, 10);
    } else if (option == "--seed") {
      into.seed = static_cast<std::uint32_t>(std::strtoul(argv[++at], nullptr, 10));
    } else if (option == "--keep") {
      into.keep = argv[++at];
    } else if (option == "--level") {
      const std::string_view level = argv[++at];
      if (level != "fsync" && level != "process") return false;
      into.level = level == "fsync" ? durability::fsync : durability::process;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace nanolib::testing

int main(int argc, char** argv) {
  using namespace nanolib::testing;
  settings chosen;
  if (!parse(argc, argv, chosen)) {
    std::fputs(usage, stderr);
    return 2;
  }
  const tally result = power_cut(chosen).run();
  std::printf(
      "%llu power cuts, %llu of them after another one: %llu with something lost, %llu false alarms; the commit under "
      "way "
      "was there %llu times\n",
      static_cast<unsigned long long>(result.points), static_cast<unsigned long long>(result.second_cuts),
      static_cast<unsigned long long>(result.lost), static_cast<unsigned long long>(result.alarms),
      static_cast<unsigned long long>(result.in_flight));
  return result.lost == 0 ? 0 : 1;
}
