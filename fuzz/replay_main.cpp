// Runs a fuzz target over its corpus without libFuzzer: every file of the folders given, and every prefix of each file.
// The prefixes of large files are thinned out, so that a corpus costs seconds.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t prefixes_of_a_file = 4096;

/// In a block of exactly this size, where sanitizers see the first byte read too far.
void run(const std::vector<char>& file, std::size_t size) {
  const std::unique_ptr<std::uint8_t[]> data(new std::uint8_t[size]);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(file[i]);
  static_cast<void>(LLVMFuzzerTestOneInput(data.get(), size));
}

void run_file(const std::filesystem::path& path) {
  std::ifstream input(path, std::ios::binary);
  const std::vector<char> file{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
  const std::size_t step = file.size() / prefixes_of_a_file + 1;
  for (std::size_t size = 0; size < file.size(); size += step) run(file, size);
  run(file, file.size());
}

}  // namespace

int main(int count, char** arguments) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      if (!entry.is_regular_file()) continue;
      run_file(entry.path());
      ++files;
    }
  }
  std::printf("%zu files replayed\n", files);
  return files == 0 ? 1 : 0;  // an empty corpus is a mistake
}
