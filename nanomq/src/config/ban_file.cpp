#include "nanomq/config/ban_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "nanolib/base/json_writer.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/config/hocon.hpp"
#include "nanomq/config/small_file.hpp"
#include "nanomq/config/written_limits.hpp"

namespace nanomq::config {
namespace {

using broker::ban;
using nanolib::result;

constexpr std::size_t largest_file = std::size_t{16} << 20U;
constexpr hocon_limits file_limits{.depth = 4, .include_depth = 0, .keys = 16'384, .bytes = largest_file};

result<std::vector<ban>> parse(const std::string& text, const std::string& path, nanolib::wall_time now,
                               std::string& why) {
  class nothing final : public hocon_surroundings {
   public:
    result<std::string> read(const std::string&, std::string&) override {
      return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
    }
    std::optional<std::string> variable(const std::string&) override { return {}; }
  } surroundings;
  const auto document = read_hocon(text, path, surroundings, why, file_limits);
  if (!document) return std::unexpected(document.error());
  const auto* const list = document->root.find(bans_key);
  if (list == nullptr) {
    why = path + ": no list of bans";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  auto all = read_bans(*document, *list, now, why);
  if (!all) return all;
  for (ban& one : *all) one.from = ban::source::person;
  return all;
}

}  // namespace

ban_file::ban_file(const std::string& directory) {
  if (!directory.empty()) path_ = directory + (directory.ends_with('/') ? "" : "/") + "bans.json";
}

result<std::vector<ban>> ban_file::load(nanolib::wall_time now, std::string& note) const {
  struct stat there{};
  if (path_.empty() || (::lstat(path_.c_str(), &there) != 0 && errno == ENOENT)) return std::vector<ban>();
  std::string why;
  const auto text = read_small_file(path_, largest_file, why);
  if (!text) {
    note = path_ + ": " + why;
    return std::unexpected(text.error());
  }
  auto all = parse(*text, path_, now, why);
  if (all) return all;
  const std::string aside = path_ + ".damaged";
  if (std::rename(path_.c_str(), aside.c_str()) != 0) {
    const auto failure = nanolib::last_system_error();
    note = why + "; it cannot be set aside: " + std::string(nanolib::describe(failure));
    return std::unexpected(failure);
  }
  note = why + "; set aside as " + aside + ", the bans in it are not in force";
  return std::vector<ban>();
}

result<void> ban_file::save(std::span<const ban> all, std::string& why) const {
  if (path_.empty()) return {};
  std::string text;
  nanolib::json_writer json(text);
  json.begin_object();
  json.key(bans_key);
  json.begin_array();
  for (const ban& one : all) {
    if (one.from == ban::source::person) write_ban(json, one);
  }
  json.end_array();
  json.end_object();
  text += "\n";
  return access::replace_secret_file(path_, text, why);
}

}  // namespace nanomq::config
