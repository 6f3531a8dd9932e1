#include "nanomq/access/password_file.hpp"

#include <algorithm>

#include "nanolib/base/hash.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::access {
namespace {

constexpr std::size_t longest_line = 2048;
constexpr std::size_t longest_name = 1024;
constexpr std::size_t most_users = 1'000'000;

std::unexpected<nanolib::error> refuse(const std::string& place, std::string_view what, std::string& why) {
  why = place + ": " + std::string(what);
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

}  // namespace

bool is_user_name(std::string_view name) noexcept {
  const auto forbidden = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':'; };
  return !name.empty() && name.size() <= longest_name && !name.starts_with('#') && !name.starts_with(' ') &&
         !name.ends_with(' ') && std::ranges::none_of(name, forbidden) &&
         nanolib::is_valid_utf8(nanolib::as_bytes(name));
}

std::size_t password_file::text_hash::operator()(std::string_view text) const noexcept {
  return nanolib::hash_text(text);
}

nanolib::result<password_file> password_file::read(std::string_view text, const std::string& path, std::string& why) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  password_file out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.lines_.emplace_back(line);
    const auto place = path + ":" + std::to_string(out.lines_.size());
    if (line.size() > longest_line) return refuse(place, "a line of more than 2048 bytes", why);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.starts_with('#')) continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(place, "not user:hash", why);
    const auto name = line.substr(0, colon);
    if (!is_user_name(name)) return refuse(place, "no name that a user can have", why);
    std::string complaint;
    auto password = password_hash::parse(line.substr(colon + 1), complaint);
    if (!password) return refuse(place, complaint, why);
    if (out.users_.size() >= most_users) return refuse(place, "too many users", why);
    out.note_cost(*password);
    if (!out.users_.try_emplace(std::string(name), std::move(*password), out.lines_.size() - 1).second)
      return refuse(place, "this user has an entry already", why);
  }
  return out;
}

nanolib::result<password_file> password_file::read_plain(const config::hocon_document& from,
                                                         const config::hocon_value& passwords, std::string& warning,
                                                         std::string& why) {
  if (passwords.is != config::hocon_value::kind::object)
    return refuse(from.place(passwords.place), "passwords are written { user = \"password\" }", why);
  password_file out;
  for (std::size_t i = 0; i < passwords.keys.size(); ++i) {
    const auto place = from.place(passwords.keys[i].place);
    const auto& password = passwords.items[i];
    if (passwords.keys[i].name.empty()) return refuse(place, "no name that a user can have", why);
    if (password.is != config::hocon_value::kind::text || password.text.empty())
      return refuse(place, "a password is a text, and not empty", why);
    out.users_.try_emplace(passwords.keys[i].name, password_hash::plain(password.text), 0U);
  }
  if (out.size() > 0) {
    warning = from.place(passwords.place) +
              ": passwords in plain text, for everybody to read who reads the file; nanomq passwd keeps hashes of them";
  }
  return out;
}

bool password_file::is_plain() const noexcept {
  return std::ranges::all_of(users_,
                             [](const auto& one) { return one.second.password.is() == password_hash::kind::plain; });
}

const password_hash* password_file::find(std::string_view user) const noexcept {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second.password;
}

void password_file::note_cost(const password_hash& one) {
  const auto same = std::ranges::find(costliest_, one.is(), &password_hash::is);
  if (same == costliest_.end()) {
    costliest_.push_back(one);
  } else if (same->cost() < one.cost()) {
    *same = one;
  }
}

bool password_file::verify(std::string_view user, nanolib::bytes password) const noexcept {
  const password_hash* const known = find(user);
  const bool right = known != nullptr && known->matches(password);
  for (const password_hash& one : costliest_) {
    if (known == nullptr || known->is() != one.is()) (void)one.matches(password);
  }
  return right;
}

const password_hash* password_file::first_scram() const noexcept {
  const entry* first = nullptr;
  for (const auto& [name, one] : users_) {
    if (one.password.is() == password_hash::kind::scram && (first == nullptr || one.line < first->line)) first = &one;
  }
  return first == nullptr ? nullptr : &first->password;
}

bool password_file::set(std::string_view user, const password_hash& password) {
  if (!is_user_name(user) || password.is() == password_hash::kind::plain) return false;
  note_cost(password);
  const auto line = std::string(user) + ":" + password.text();
  const auto found = users_.find(user);
  if (found != users_.end()) {
    lines_[found->second.line] = line;
    found->second.password = password;
    return true;
  }
  users_.try_emplace(std::string(user), password, lines_.size());
  lines_.push_back(line);
  return true;
}

bool password_file::remove(std::string_view user) {
  const auto found = users_.find(user);
  if (found == users_.end()) return false;
  const auto gone = found->second.line;
  lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(gone));
  users_.erase(found);
  for (auto& [name, one] : users_) {
    if (one.line > gone) --one.line;
  }
  return true;
}

std::string password_file::text() const {
  std::string out;
  for (const auto& line : lines_) out += line + "\n";
  return out;
}

}  // namespace nanomq::access
