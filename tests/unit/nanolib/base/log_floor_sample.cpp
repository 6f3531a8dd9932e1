// Compiled with a floor of `warn` (see CMakeLists.txt): what of it is left is looked at by check_log_floor.py.
#include "nanolib/base/log.hpp"

void log_something(nanolib::log& to, std::string_view client) {
  to.event(nanolib::log_level::trace, "left_out_trace", {{"left_out_key", client}});
  to.event(nanolib::log_component::tls, nanolib::log_level::info, "left_out_info", {{"left_out_key", client}});
  to.event(nanolib::log_level::warn, "kept_warn", {{"kept_key", client}});
}
