// Users and their passwords: `user:hash`, one a line, as mosquitto_passwd and `nanomq passwd` write it.
//
// Reading is strict, because what is passed over lets somebody in or keeps somebody out: a line that is no entry, a user
// who is there twice, or a line that is too long makes the whole file unusable. A file without entries lets nobody in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nanomq/access/password_hash.hpp"
#include "nanomq/config/hocon.hpp"

namespace nanomq::access {

/// Comments and the order of lines survive changes. Thread: externally synchronised; immutable uses may share it.
class password_file {
 public:
  /// Errors: config; `why` is one line that begins with the place and never has a part of a password in it.
  [[nodiscard]] static nanolib::result<password_file> read(std::string_view text, const std::string& path,
                                                           std::string& why);
  /// NanoMQ's `auth.password`: an object, each key a user, each value the password in plain text. `warning` says so.
  /// Errors: config; `why` begins with the place.
  [[nodiscard]] static nanolib::result<password_file> read_plain(const config::hocon_document& from,
                                                                 const config::hocon_value& passwords,
                                                                 std::string& warning, std::string& why);

  [[nodiscard]] std::size_t size() const noexcept { return users_.size(); }
  /// Whether no password in it takes long to check.
  [[nodiscard]] bool is_plain() const noexcept;
  /// Null when there is no such user.
  [[nodiscard]] const password_hash* find(std::string_view user) const noexcept;
  /// Whether this is the user's password. Shape: for everybody, known or not, the work of one hash of each kind that is in
  /// the file, so that the time it takes tells neither who is known nor how a password is kept.
  [[nodiscard]] bool verify(std::string_view user, nanolib::bytes password) const noexcept;

  /// The entry for SCRAM that stands first; null when there is none.
  [[nodiscard]] const password_hash* first_scram() const noexcept;

  /// Adds the user or changes the password. False when the name cannot stand in a file.
  [[nodiscard]] bool set(std::string_view user, const password_hash& password);
  /// False when there is no such user.
  [[nodiscard]] bool remove(std::string_view user);
  /// What is to be written: lines that end in \n.
  [[nodiscard]] std::string text() const;

 private:
  struct entry {
    password_hash password;
    std::size_t line;
  };
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept;
  };

  void note_cost(const password_hash& one);

  std::vector<std::string> lines_;
  std::vector<password_hash> costliest_;  // one of each kind
  std::unordered_map<std::string, entry, text_hash, std::equal_to<>> users_;
};

/// A user's name as a password file can have it: UTF-8 without `:`, control characters, blanks at its ends, or `#` in front.
[[nodiscard]] bool is_user_name(std::string_view name) noexcept;

/// Keeps others from changing files in a directory by the functions here, until it is destroyed. Waits its turn.
class directory_lock {
 public:
  explicit directory_lock(const std::string& path_of_file) noexcept;
  ~directory_lock();
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;
  [[nodiscard]] bool held() const noexcept { return directory_ >= 0; }

 private:
  int directory_ = -1;
};

/// Replaces a file at once and durably: whoever reads sees the old text or the new one. Mode 0600; that of a file that is
/// there already stays, without anything for others, and so does its owner. Symbolic links are refused.
/// Errors: sys or config, with `why`.
[[nodiscard]] nanolib::result<void> replace_secret_file(const std::string& path, std::string_view text,
                                                        std::string& why);

}  // namespace nanomq::access
