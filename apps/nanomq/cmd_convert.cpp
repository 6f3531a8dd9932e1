#include "cmd_convert.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "nanomq/access/password_file.hpp"
#include "nanomq/config/mosquitto_convert.hpp"
#include "nanomq/config/small_file.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 20U;

struct convert_options {
  std::string file;
  std::string out;
  bool table = false;
};

class files_on_disk final : public config::mosquitto_files {
 public:
  nanolib::result<std::string> read(const std::string& path, std::string& why) override {
    return config::read_small_file(path, largest_file, why);
  }

  nanolib::result<std::vector<std::string>> list(const std::string& directory, std::string& why) override {
    std::vector<std::string> names;
    std::error_code failure;
    std::filesystem::directory_iterator one(directory, failure);
    for (; !failure && one != std::filesystem::directory_iterator(); one.increment(failure)) {
      names.push_back(one->path().filename().string());
    }
    if (!failure) return names;
    why = failure.message();
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, failure.value()});
  }
};

exit_code show(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return exit_code::ok;
  complain("stdout: not everything could be written");
  return exit_code::failure;
}

exit_code write(const convert_options& how, const std::string& text) {
  if (how.out.empty()) return show(text);
  std::string why;
  if (access::replace_secret_file(how.out, text, why)) return exit_code::ok;
  complain(why);
  return exit_code::failure;
}

exit_code convert(const convert_options& how) {
  if (how.table) return show(config::mosquitto_option_table());
  if (how.file.empty()) {
    complain("which file? (see --help)");
    return exit_code::usage;
  }
  if (!how.out.empty() && (::access(how.out.c_str(), F_OK) == 0 || errno != ENOENT)) {
    complain(how.out + ": is there already, and is not replaced");
    return exit_code::failure;
  }
  std::string why;
  files_on_disk files;
  const auto text = files.read(how.file, why);
  if (!text) {
    complain(how.file + ": " + why);
    return exit_code::failure;
  }
  const auto made = config::convert_mosquitto(*text, how.file, files);
  for (const auto& note : made.notes) std::fprintf(stderr, "%s\n", note.shown().c_str());
  return made.succeeded() ? write(how, made.text) : exit_code::usage;
}

}  // namespace

void add_convert_command(CLI::App& program, exit_code& result) {
  auto how = std::make_shared<convert_options>();
  auto* verb = program.add_subcommand("convert", "Turn a mosquitto.conf into a configuration of nanomq");
  verb->add_option("FILE", how->file, "A mosquitto.conf; what its include_dir has is read, too")->type_name("");
  verb->add_option("-o,--output", how->out, "Write to this file, which must not be there yet, instead of stdout")
      ->type_name("FILE");
  verb->add_flag("--table", how->table, "Print what becomes of each option of mosquitto.conf, as a table in Markdown");
  verb->footer(
      "Each key has the line that it is from as a comment above it. What has no meaning here is a warning on stderr,\n"
      "FILE:LINE: warning: …; what cannot be left out without letting somebody in or do more is an error, as is a "
      "line\n"
      "that mosquitto does not know. With an error nothing is written.\n"
      "Exit status: 0 ok (also with warnings), 1 a file could not be read or written, 2 the file cannot be converted.");
  verb->callback([how, &result] { result = convert(*how); });
}

}  // namespace nanomq::program
