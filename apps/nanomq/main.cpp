// nanomq: one program, a verb for each thing that it does.
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "client_verbs.hpp"
#include "cmd_access.hpp"
#include "cmd_broker.hpp"
#include "cmd_convert.hpp"
#include "cmd_documents.hpp"
#include "cmd_store.hpp"
#include "daemon.hpp"
#include "exit_code.hpp"
#include "start_broker.hpp"

namespace {

using nanomq::program::complain;
using nanomq::program::exit_code;

exit_code run(int argc, char** argv) {
  CLI::App program("MQTT broker and tools for the edge", "nanomq");
  program.set_version_flag("--version", std::string("nanomq " NANOMQ_VERSION));
  program.footer(nanomq::program::exit_code_help);
  program.require_subcommand(1);
  auto result = exit_code::ok;
  nanomq::program::add_broker_commands(program, result);
  // They are known by name here, and run without CLI11.
  for (const auto& verb : nanomq::program::client_verbs()) {
    program.add_subcommand(std::string(verb.name), std::string(verb.summary));
  }
  nanomq::program::add_document_commands(program, result);
  nanomq::program::add_store_commands(program, result);
  nanomq::program::add_access_commands(program, result);
  nanomq::program::add_convert_command(program, result);
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    (void)program.exit(wanted);
  } catch (const CLI::ParseError& wrong) {
    const auto unknown = program.remaining(true);
    const bool no_verb = wrong.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) && !unknown.empty();
    complain((no_verb ? "unknown command: " + unknown.front() : std::string(wrong.what())) + " (see --help)");
    result = exit_code::usage;
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  nanomq::program::open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    if (const auto status = nanomq::program::run_client_verb(words)) return *status;
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& failure) {
    complain(failure.what());
    return static_cast<int>(exit_code::failure);
  }
}
