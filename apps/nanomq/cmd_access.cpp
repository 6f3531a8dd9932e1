#include "cmd_access.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "cmd_acl.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/config/small_file.hpp"
#include "secret_input.hpp"
#include "start_broker.hpp"

namespace nanomq::program {
namespace {

using access::password_file;
using access::password_hash;

constexpr std::size_t largest_file = std::size_t{64} << 20U;
constexpr std::size_t salt_size = 16;

struct passwd_options {
  std::string file;
  std::string user;
  std::string password;  // where mosquitto_passwd -b has it
  bool create = false;
  bool remove = false;
  bool verify = false;
  bool batch = false;
  bool scram = false;
  std::uint32_t iterations = password_hash::usual_scram_iterations;
};

exit_code fail(const std::string& why) {
  complain(why);
  return exit_code::failure;
}

exit_code end_output() {
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? exit_code::ok
                                                              : fail("stdout: not everything could be written");
}

// A new file is an empty one.
nanolib::result<password_file> open_passwords(const passwd_options& how, std::string& why) {
  if (how.create) {
    if (::access(how.file.c_str(), F_OK) != 0 && errno == ENOENT) return password_file();
    why = how.file + ": is there already; leave --create out to change it";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  const auto text = config::read_small_file(how.file, largest_file, why);
  if (!text) {
    why.insert(0, how.file + ": ");
    if (text.error() == nanolib::error{nanolib::error_domain::sys, ENOENT} && !how.remove && !how.verify) {
      why += "; --create begins a new file";
    }
    return std::unexpected(text.error());
  }
  return password_file::read(*text, how.file, why);
}

bool set_password(password_file& file, const passwd_options& how, const std::string& user, const std::string& password,
                  std::string& why) {
  const auto salt = random_bytes(salt_size, why);
  if (!salt) return false;
  const auto given = nanolib::as_bytes(password);
  const auto hash =
      how.scram ? password_hash::make_scram(given, *salt, how.iterations, why) : password_hash::make(given, *salt, why);
  if (!hash) return false;
  const auto* const before = file.find(user);
  if (!how.scram && before != nullptr && before->is() == password_hash::kind::scram) {
    complain(user + ": had keys for SCRAM and has none any more; --scram makes them");
  }
  if (file.set(user, *hash)) return true;
  why = "no name that a user can have: no colon, no control characters, no blanks at its ends, no # in front";
  return false;
}

// user:password lines from stdin. All of them, or none.
bool set_all(password_file& file, const passwd_options& how, std::string& why) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t number = 1; auto line = next_input_line(); ++number) {
    const auto colon = line->find(':');
    if (colon == std::string::npos || colon + 1 == line->size()) why = "not user:password";
    if (const auto [before, is_new] = seen.try_emplace(line->substr(0, colon), number); why.empty() && !is_new) {
      why = "this user has a password in line " + std::to_string(before->second) + " already; nothing is changed";
    }
    if (!why.empty() || !set_password(file, how, line->substr(0, colon), line->substr(colon + 1), why)) {
      why.insert(0, "stdin:" + std::to_string(number) + ": ");
      return false;
    }
  }
  return true;
}

bool change(password_file& file, const passwd_options& how, std::string& why) {
  if (how.batch) return set_all(file, how, why);
  if (how.remove) {
    if (file.remove(how.user)) return true;
    why = how.file + ": has no such user";
    return false;
  }
  if (!access::is_user_name(how.user)) return set_password(file, how, how.user, {}, why);
  const auto password = ask_password(true, why);
  return password && set_password(file, how, how.user, *password, why);
}

exit_code verify(const passwd_options& how) {
  std::string why;
  const auto file = open_passwords(how, why);
  if (!file) return fail(why);
  const auto password = ask_password(false, why);
  if (!password) return fail(why);
  const bool right = file->verify(how.user, nanolib::as_bytes(*password));
  std::puts(right ? "right" : "wrong");
  const auto ended = end_output();
  return right ? ended : exit_code::failure;
}

exit_code passwd(const passwd_options& how) {
  if (!how.password.empty()) {
    complain("a password is no argument, which others could see: it comes from stdin or is asked for");
    return exit_code::usage;
  }
  if (how.batch != how.user.empty()) {
    complain(how.batch ? "--batch takes the users from stdin" : "whose password? (see --help)");
    return exit_code::usage;
  }
  if (how.verify) return verify(how);
  std::string why;
  const access::directory_lock lock(how.file);  // from reading to writing
  auto file = open_passwords(how, why);
  if (!file || !change(*file, how, why)) return fail(why);
  if (!access::replace_secret_file(how.file, file->text(), why)) return fail(why);
  return exit_code::ok;
}

/// An argument that is there to be refused stays out of the line of usage.
class passwd_help final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    auto usage = CLI::Formatter::make_usage(app, std::move(name));
    if (const auto at = usage.find(" []"); at != std::string::npos) usage.erase(at, 3);
    return usage;
  }
};

void add_passwd(CLI::App& program, exit_code& result) {
  auto how = std::make_shared<passwd_options>();
  auto* verb = program.add_subcommand("passwd", "Change or check passwords in a file of users");
  verb->formatter(std::make_shared<passwd_help>());
  verb->add_option("FILE", how->file, "The file, user:hash in each line; mosquitto_passwd's are read too")
      ->required()
      ->type_name("");
  verb->add_option("USER", how->user, "Whose password is set, removed or checked")->type_name("");
  verb->add_option("PASSWORD", how->password, "Refused: others could see it")->type_name("")->group("");
  auto* create = verb->add_flag("-c,--create", how->create, "Begin a new file; one that is there is left alone");
  auto* remove = verb->add_flag("-D,--delete", how->remove, "Remove the user");
  auto* batch = verb->add_flag("-b,--batch", how->batch, "Set the passwords of user:password lines from stdin");
  auto* check = verb->add_flag("--verify", how->verify, "Tell whether the password is the right one");
  auto* scram =
      verb->add_flag("--scram", how->scram,
                     "Keep keys for SCRAM-SHA-256, with which the password itself is not sent. It is good for "
                     "clients that send it, too");
  auto* iterations =
      verb->add_option("--iterations", how->iterations,
                       "Of SCRAM: how much work one guess is, and one login of a client (15000)")
          ->check(CLI::Range(password_hash::least_scram_iterations, password_hash::most_scram_iterations))
          ->needs(scram)
          ->type_name("N");
  check->excludes(create)->excludes(remove)->excludes(batch)->excludes(scram)->excludes(iterations);
  scram->excludes(remove);
  remove->excludes(create)->excludes(batch);
  verb->footer(
      "The password is asked for on a terminal, and otherwise the first line of stdin: it is never an argument, which\n"
      "others could see. Exit status: 0 ok, 1 not done or (--verify) wrong, 2 wrong command line.");
  verb->callback([how, &result] { result = passwd(*how); });
}

}  // namespace

void add_access_commands(CLI::App& program, exit_code& result) {
  add_passwd(program, result);
  add_acl_command(program, result);
}

}  // namespace nanomq::program
