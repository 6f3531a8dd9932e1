#include "control_log.hpp"

#include <array>
#include <vector>

namespace nanomq::program {
namespace {

using nanolib::log_component;
using nanolib::log_level;

template <std::size_t Count>
std::string listed(const std::array<std::string_view, Count>& words) {
  std::string out;
  for (const auto word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::string_view name_of(config::log_place place) {
  constexpr std::array<std::string_view, 4> names{"console", "file", "syslog", "uds"};
  return names[static_cast<std::size_t>(place)];
}

void tell(const program_log& log, admin::control_reply& reply) {
  auto& json = reply.members();
  json.key("levels");
  json.begin_object();
  for (std::size_t i = 0; i < nanolib::log_component_names.size(); ++i) {
    const auto component = nanolib::log_component_names[i];
    const auto level = nanolib::name_of(log.threshold(static_cast<log_component>(i)));
    json.text(component, level);
    reply.say(std::string(component) + std::string(10 - component.size(), ' ') + std::string(level));
  }
  json.end_object();
  json.text("floor", nanolib::name_of(nanolib::log_floor));
  if (nanolib::log_floor > log_level::trace) {
    reply.say("built without events below " + std::string(nanolib::name_of(nanolib::log_floor)));
  }
  json.key("dropped");
  json.begin_object();
  for (const auto& [place, count] : log.dropped()) {
    json.number(name_of(place), static_cast<std::int64_t>(count));
    if (count > 0) reply.say("lines dropped, " + std::string(name_of(place)) + ": " + std::to_string(count));
  }
  json.end_object();
}

}  // namespace

bool change_levels(std::span<const std::string> words, nanolib::log& of, std::string& why) {
  constexpr auto components = nanolib::log_component_names.size();
  std::array<log_level, components> next{};
  for (std::size_t i = 0; i < components; ++i) next[i] = of.threshold(static_cast<log_component>(i));
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    const auto level = nanolib::find_log_level(std::string_view(word).substr(equals == word.npos ? 0 : equals + 1));
    if (!level) {
      why = "\"" + word + "\": the levels are " + listed(nanolib::log_level_names);
      return false;
    }
    if (equals == word.npos) {
      next.fill(*level);
      continue;
    }
    const auto component = nanolib::find_log_component(std::string_view(word).substr(0, equals));
    if (!component) {
      why = "\"" + word + "\": the components are " + listed(nanolib::log_component_names);
      return false;
    }
    next[static_cast<std::size_t>(*component)] = *level;
  }
  for (std::size_t i = 0; i < components; ++i) of.set_threshold(static_cast<log_component>(i), next[i]);
  return true;
}

void add_log_command(admin::control_server& to, program_log& log) {
  to.add("log", {"levels"}, [&log](const admin::control_request& request, admin::control_reply& reply) {
    const auto* const words = request.texts("levels");
    std::string why;
    if (words != nullptr && !change_levels(*words, log, why)) return reply.refuse(why, 2);
    if (words != nullptr && !words->empty()) {
      std::string what;
      for (const auto& word : *words) what.append(what.empty() ? "" : " ").append(word);
      log.event(log_component::program, log_level::warn, "log_levels_changed", {{"to", what}});
    }
    tell(log, reply);
  });
}

}  // namespace nanomq::program
