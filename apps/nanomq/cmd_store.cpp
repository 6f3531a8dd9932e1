#include "cmd_store.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/json_writer.hpp"
#include "nanolib/cache/sqlite_store.hpp"
#include "start_broker.hpp"
#include "store_dump.hpp"

namespace nanomq::program {
namespace {

using nanolib::json_writer;

struct opened_store {
  std::unique_ptr<nanolib::store> held;
  nanolib::store_opening opening;
};

exit_code code_of(const nanolib::error& failure) {
  return failure == nanolib::make_error(nanolib::store_error::in_use) ? exit_code::already_running : exit_code::failure;
}

exit_code complain_of(const std::string& directory, const nanolib::error& failure, const std::string& why) {
  complain("store: " + (why.empty() ? directory + ": " + std::string(nanolib::describe(failure)) : why));
  return code_of(failure);
}

/// Ok, or what the command ends with.
exit_code open(const std::string& directory, bool read_only, opened_store& into) {
  std::string why;
  auto opened = nanolib::open_sqlite_store({.directory = directory, .read_only = read_only}, into.opening, why);
  if (!opened) return complain_of(directory, opened.error(), why);
  into.held = std::move(*opened);
  return exit_code::ok;
}

exit_code end_output(bool written) {
  if (std::fflush(stdout) == 0 && written) return exit_code::ok;
  complain("stdout: not everything could be written");
  return exit_code::failure;
}

exit_code print(const std::string& text) {
  return end_output(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void number(json_writer& json, std::string_view name, std::uint64_t value) {
  json.number(name, static_cast<std::int64_t>(value));
}

void write_damage(json_writer& json, const nanolib::store_opening& opening) {
  json.key("damage");
  opening.damage.empty() ? json.null() : json.text(opening.damage);
  if (opening.lost_commits > 0) number(json, "lost_commits", opening.lost_commits);
}

exit_code show_info(const std::string& directory) {
  opened_store one;
  if (const exit_code failed = open(directory, true, one); failed != exit_code::ok) return failed;
  const auto told = one.held->info();
  if (!told) return complain_of(directory, told.error(), one.held->complaint());
  std::string text;
  json_writer json(text, json_writer::layout::indented);
  json.begin_object();
  json.text("kind", told->kind);
  json.text("directory", told->path);
  number(json, "format", told->format);
  number(json, "sessions", told->sessions);
  number(json, "subscriptions", told->subscriptions);
  number(json, "unreleased", told->unreleased);
  number(json, "wills", told->wills);
  number(json, "queue_rows", told->queue_rows);
  number(json, "messages", told->messages);
  number(json, "retained", told->retained);
  number(json, "file_bytes", told->file_bytes);
  number(json, "log_bytes", told->log_bytes);
  number(json, "free_bytes", told->free_bytes);
  write_damage(json, one.opening);
  json.end_object();
  const exit_code printed = print(text + "\n");
  return one.opening.damage.empty() ? printed : exit_code::failure;
}

exit_code dump(const std::string& directory, const dump_options& how) {
  opened_store one;
  if (const exit_code failed = open(directory, true, one); failed != exit_code::ok) return failed;
  const auto dumped = dump_store(*one.held, nanolib::read(nanolib::system_clock()), how, [](std::string_view line) {
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
  });
  const bool is_read = dumped || dumped.error() != nanolib::error{nanolib::error_domain::sys, EPIPE};
  if (const exit_code ended = end_output(is_read); ended != exit_code::ok) return ended;
  if (!dumped) return complain_of(directory, dumped.error(), one.held->complaint());
  if (dumped->damaged == 0) return exit_code::ok;
  complain("store: " + std::to_string(dumped->damaged) + " records are damaged and left out");
  return exit_code::failure;
}

exit_code check(const std::string& directory) {
  opened_store one;
  if (const exit_code failed = open(directory, true, one); failed != exit_code::ok) return failed;
  const auto findings = one.held->check();
  if (!findings) return complain_of(directory, findings.error(), one.held->complaint());
  const bool sound = findings->empty() && one.opening.damage.empty() && one.opening.lost_commits == 0;
  std::string text;
  json_writer json(text, json_writer::layout::indented);
  json.begin_object();
  json.truth("sound", sound);
  write_damage(json, one.opening);
  json.key("findings");
  json.begin_array();
  for (const std::string& finding : *findings) json.text(finding);
  json.end_array();
  json.end_object();
  const exit_code printed = print(text + "\n");
  return sound ? printed : exit_code::failure;
}

exit_code compact(const std::string& directory) {
  opened_store one;
  {
    // Who compacts writes, but does not make a store where there is none.
    opened_store there;
    if (const exit_code failed = open(directory, true, there); failed != exit_code::ok) return failed;
    if (!there.opening.damage.empty()) {
      complain("store: it is damaged (" + there.opening.damage +
               "); a broker that starts on it sets it aside and takes over what is sound");
      return exit_code::failure;
    }
  }
  if (const exit_code failed = open(directory, false, one); failed != exit_code::ok) return failed;
  if (!one.opening.set_aside.empty()) {
    complain("store: it was damaged (" + one.opening.damage + ") and is now " + one.opening.set_aside);
  }
  const auto before = one.held->info();
  const auto done = one.held->compact();
  if (!done) return complain_of(directory, done.error(), one.held->complaint());
  const auto after = one.held->info();
  if (!before || !after) return complain_of(directory, before ? after.error() : before.error(), {});
  std::string text;
  json_writer json(text, json_writer::layout::indented);
  json.begin_object();
  number(json, "file_bytes_before", before->file_bytes + before->log_bytes);
  number(json, "file_bytes", after->file_bytes + after->log_bytes);
  json.end_object();
  return print(text + "\n");
}

CLI::App& add_verb(CLI::App& store, const std::string& name, const std::string& help,
                   const std::shared_ptr<std::string>& directory) {
  auto* verb = store.add_subcommand(name, help);
  verb->add_option("DIR", *directory, "The store's directory, or a copy of it")->required()->type_name("");
  verb->footer(
      "Exit status: 0 ok, 1 it cannot be read, or something is wrong with it, 2 wrong command line, 4 in use "
      "(compact).");
  return *verb;
}

}  // namespace

void add_store_commands(CLI::App& program, exit_code& result) {
  auto* store = program.add_subcommand("store", "Look into a broker's store: info, dump, check, compact");
  store->footer("info, dump and check also work beside a broker that runs, and change nothing.");
  store->require_subcommand(1);
  auto directory = std::make_shared<std::string>();

  add_verb(*store, "info", "Tell what is in it and how large it is, as JSON", directory).callback([directory, &result] {
    result = show_info(*directory);
  });

  auto without_payloads = std::make_shared<bool>(false);
  auto& verb = add_verb(*store, "dump", "Write everything as JSON, one object a line", directory);
  verb.add_flag("--no-payloads", *without_payloads, "Sizes in place of payloads");
  verb.callback(
      [directory, without_payloads, &result] { result = dump(*directory, {.payloads = !*without_payloads}); });

  add_verb(*store, "check", "Look at every record and tell what is wrong, as JSON", directory)
      .callback([directory, &result] { result = check(*directory); });
  add_verb(*store, "compact", "Give space that is not used back; the broker must not run", directory)
      .callback([directory, &result] { result = compact(*directory); });
}

}  // namespace nanomq::program
