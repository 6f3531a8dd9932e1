#include "nanomq/admin/control_request.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::admin {

using kind = nanolib::json_member::kind;

std::expected<control_request, std::string> control_request::parse(std::string_view line) {
  auto members = nanolib::read_json_object(line);
  if (!members) return std::unexpected("a request is one JSON object, {\"command\":\"commands\"} for example");
  const auto command = std::ranges::find(*members, "command", &nanolib::json_member::name);
  if (command == members->end() || command->is != kind::text || command->text.empty()) {
    return std::unexpected("a request names its \"command\", a text; {\"command\":\"commands\"} lists them");
  }
  control_request out;
  out.command_ = std::move(command->text);
  members->erase(command);
  out.parameters_ = std::move(*members);
  return out;
}

const nanolib::json_member* control_request::find(std::string_view name, kind is) const noexcept {
  const auto* found = nanolib::find_member(parameters_, name);
  return found != nullptr && found->is == is ? found : nullptr;
}

std::optional<std::string_view> control_request::text(std::string_view name) const noexcept {
  const auto* found = find(name, kind::text);
  return found == nullptr ? std::nullopt : std::optional<std::string_view>(found->text);
}

std::optional<std::int64_t> control_request::number(std::string_view name) const noexcept {
  const auto* found = find(name, kind::number);
  return found == nullptr ? std::nullopt : std::optional(found->number);
}

bool control_request::truth(std::string_view name) const noexcept {
  const auto* found = find(name, kind::truth);
  return found != nullptr && found->truth;
}

const std::vector<std::string>* control_request::texts(std::string_view name) const noexcept {
  const auto* found = find(name, kind::texts);
  return found == nullptr ? nullptr : &found->texts;
}

}  // namespace nanomq::admin
