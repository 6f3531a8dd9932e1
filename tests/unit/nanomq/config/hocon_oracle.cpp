#include "hocon_oracle.hpp"

#include <hocon/config.hpp>
#include <hocon/config_list.hpp>
#include <hocon/config_object.hpp>

namespace nanomq::config {
namespace {

oracle_value taken_from(const hocon::shared_value& value) {
  using type = hocon::config_value::type;
  oracle_value out;
  if (value->value_type() == type::OBJECT) {
    out.is = oracle_value::kind::object;
    const auto object = std::dynamic_pointer_cast<const hocon::config_object>(value);
    for (auto at = object->begin(); at != object->end(); ++at)
      out.members.emplace_back(at->first, taken_from(at->second));
  } else if (value->value_type() == type::LIST) {
    out.is = oracle_value::kind::list;
    const auto list = std::dynamic_pointer_cast<const hocon::config_list>(value);
    for (auto at = list->begin(); at != list->end(); ++at) out.items.push_back(taken_from(*at));
  } else if (value->value_type() != type::CONFIG_NULL) {
    out.is = oracle_value::kind::text;
    out.text = value->transform_to_string();
  }
  return out;
}

}  // namespace

std::optional<oracle_value> ask_oracle(const std::string& path, std::string& why) {
  try {
    return taken_from(hocon::config::parse_file_any_syntax(path)->resolve()->root());
  } catch (const std::exception& refusal) {
    why = refusal.what();
    return {};
  }
}

}  // namespace nanomq::config
