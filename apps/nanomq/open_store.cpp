#include "open_store.hpp"

#include "nanolib/cache/sqlite_store.hpp"

namespace nanomq::program {
namespace {

std::string damage_told(const nanolib::store_opening& found) {
  std::string text = "the store was damaged (" + found.damage + ") and is now " + found.set_aside + "; " +
                     std::to_string(found.salvaged) + " records were taken over, " + std::to_string(found.lost);
  text += found.lost_uncounted ? " and others that cannot be counted were lost" : " were lost";
  if (found.lost_commits > 0) text += ", " + std::to_string(found.lost_commits) + " commits with them";
  return text;
}

}  // namespace

nanolib::result<void> open_store(const broker::durability_options& options, nanolib::log& log, kept_store& into,
                                 std::string& why) {
  if (options.directory.empty() || options.level == nanolib::durability::none) return {};
  nanolib::sqlite_store_options how;
  how.directory = options.directory;
  how.level = options.level;
  nanolib::store_opening found;
  auto opened = nanolib::open_sqlite_store(how, found, why);
  if (!opened) {
    if (why.empty()) why = std::string(nanolib::describe(opened.error()));
    why = "store: " + why;
    if (opened.error() == nanolib::make_error(nanolib::store_error::in_use)) {
      why += "; a second broker needs a store.dir of its own";
    }
    return std::unexpected(opened.error());
  }
  into.held = std::move(*opened);
  into.keeps = options.level == nanolib::durability::fsync
                   ? "what was acknowledged, whatever happens (durability fsync), in " + options.directory
                   : "what was acknowledged, but for a power cut (durability process), in " + options.directory;
  log.event(nanolib::log_component::store, nanolib::log_level::info, "store_opened",
            {{"dir", options.directory}, {"durability", broker::name_of(options.level)}, {"created", found.created}});
  if (!found.set_aside.empty()) {
    into.trouble = damage_told(found);
    log.event(nanolib::log_component::store, nanolib::log_level::error, "store_damaged",
              {{"set_aside", found.set_aside},
               {"damage", found.damage},
               {"salvaged", found.salvaged},
               {"lost", found.lost},
               {"lost_commits", found.lost_commits}});
  }
  return {};
}

}  // namespace nanomq::program
