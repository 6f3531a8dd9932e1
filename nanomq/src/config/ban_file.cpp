#include "nanomq/config/ban_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "nanolib/base/json_object.hpp"
#include "nanolib/base/json_writer.hpp"
#include "nanolib/base/write_all.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/broker/ban_list.hpp"
#include "nanomq/config/small_file.hpp"
#include "nanomq/config/timestamp.hpp"
#include "nanomq/config/written_limits.hpp"

namespace nanomq::config {
namespace {

using broker::ban;
using broker::ban_list;
using nanolib::result;

/// So many superfluous lines are cheaper to keep than to remove.
constexpr std::size_t spare_lines = 1'000;

// Every octet may become an escape of six, and times and names of members take less than this.
static_assert(ban_list::most_bytes * 6 + ban_list::most_bans * 256 <= ban_file::largest,
              "what a broker may have to write is more than it would read");

std::string line_of(const ban& what, bool is_lifted) {
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  if (is_lifted) json.truth("lifted", true);
  write_ban_members(json, what);
  json.end_object();
  return out + "\n";
}

bool read_member(const nanolib::json_member& from, ban& into, bool& is_lifted) {
  using kind = nanolib::json_member::kind;
  if (from.name == "lifted") {
    is_lifted = from.truth;
    return from.is == kind::truth;
  }
  if (from.is != kind::text) return false;
  if (from.name == "address") return into.set_address(from.text);
  if (from.name == "since" || from.name == "until") {
    const auto when = parse_timestamp(from.text);
    if (when) (from.name == "since" ? into.since : into.until) = *when;
    return when.has_value();
  }
  if (from.name != "client_id" && from.name != "user" && from.name != "reason") return false;
  (from.name == "client_id" ? into.client_id : from.name == "user" ? into.user : into.reason) = from.text;
  return true;
}

std::optional<ban> read_line(std::string_view line, bool& is_lifted) {
  const auto members = nanolib::read_json_object(line);
  if (!members) return {};
  ban made;
  made.from = ban::source::person;
  for (const auto& one : *members) {
    if (!read_member(one, made, is_lifted)) return {};
  }
  if (made.is_empty()) return {};
  return made;
}

// Two that are about the same have the same one.
std::string subject_of(const ban& what) { return what.client_id + '\0' + what.user + '\0' + what.address(); }

}  // namespace

ban_file::ban_file(const std::string& directory) {
  if (!directory.empty()) path_ = directory + (directory.ends_with('/') ? "" : "/") + "bans.jsonl";
}

result<std::vector<ban>> ban_file::load(std::string& why) {
  std::vector<ban> all;
  struct stat there{};
  if (path_.empty() || (::lstat(path_.c_str(), &there) != 0 && errno == ENOENT)) return all;
  const auto text = read_small_file(path_, largest, why);
  if (!text) {
    why = path_ + ": " + why;
    return std::unexpected(text.error());
  }
  std::unordered_map<std::string, std::size_t> known;
  std::string_view rest = *text;
  std::size_t number = 0;
  for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    bool is_lifted = false;
    auto one = read_line(rest.substr(0, end), is_lifted);
    ++number;
    if (!one) {
      why = path_ + ":" + std::to_string(number) +
            ": this line is no ban. Mend it, or take it out: whom it meant may come in then";
      return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
    }
    rest.remove_prefix(end + 1);
    const auto [at, is_new] = known.try_emplace(subject_of(*one), all.size());
    if (is_lifted) one->until = nanolib::wall_time{};  // over, whatever the time is
    if (is_new) all.emplace_back();
    all[at->second] = std::move(*one);
  }
  std::erase_if(all, [](const ban& one) { return one.until == nanolib::wall_time{}; });
  bytes_ = text->size();
  lines_ = number;
  needed_ = all.size();
  is_appendable_ = number > 0 && rest.empty();
  return all;
}

result<void> ban_file::add(const ban& what, const all_bans& all, std::string& why) {
  return put(line_of(what, false), all, why);
}

result<void> ban_file::lift(const ban& what, const all_bans& all, std::string& why) {
  return put(line_of(what, true), all, why);
}

result<void> ban_file::put(const std::string& line, const all_bans& all, std::string& why) {
  if (path_.empty()) return {};
  const bool is_long = lines_ > needed_ && lines_ - needed_ > needed_ + spare_lines;
  const bool is_anew = !is_appendable_ || is_long || bytes_ + line.size() > largest;
  return !is_anew && append(line) ? result<void>() : write_anew(all(), why);
}

bool ban_file::append(const std::string& line) noexcept {
  const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat about{};
  // Somebody may have edited it meanwhile.
  const bool is_ours = file >= 0 && ::fstat(file, &about) == 0 && S_ISREG(about.st_mode) &&
                       static_cast<std::size_t>(about.st_size) == bytes_;
  const bool good = is_ours && nanolib::write_all(file, line) && ::fsync(file) == 0;
  // Half a line is none: better nothing of it than one that the next would be glued to.
  if (!good && is_ours) (void)!::ftruncate(file, about.st_size);
  if (file >= 0) ::close(file);
  if (!good) return false;
  bytes_ += line.size();
  ++lines_;
  return true;
}

result<void> ban_file::write_anew(std::span<const ban> all, std::string& why) {
  is_appendable_ = false;
  std::string text;
  std::size_t lines = 0;
  for (const ban& one : all) {
    if (one.from != ban::source::person) continue;
    text += line_of(one, false);
    ++lines;
  }
  if (text.size() > largest) {
    why = path_ + ": more than a start would read";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  if (auto replaced = access::replace_secret_file(path_, text, why); !replaced) return replaced;
  bytes_ = text.size();
  lines_ = needed_ = lines;
  is_appendable_ = true;
  return {};
}

}  // namespace nanomq::config
