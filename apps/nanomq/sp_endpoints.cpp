#include "sp_endpoints.hpp"

#include <utility>

#include "nanomq/bridge/local_endpoint.hpp"

namespace nanomq::program {

nanolib::result<void> check_sp_endpoints(const std::vector<config::sp_endpoint_setting>& all, std::string& why) {
  for (const auto& one : all) {
    if (!one.enable) continue;
    const auto made = bridge::make_local_endpoint(one.options, nanolib::null_log());
    if (made) continue;
    why = one.origin + ": " + made.error();
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  return {};
}

nanolib::result<void> attach_sp_endpoints(const std::vector<config::sp_endpoint_setting>& all, broker::broker& to,
                                          nanolib::log& log, std::string& why) {
  for (const auto& one : all) {
    if (!one.enable) continue;
    auto made = bridge::make_local_endpoint(one.options, log);
    if (!made) {
      why = made.error();
      return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
    }
    if (auto done = to.attach(std::move(made->options), std::move(made->peer), why); !done) return done;
  }
  return {};
}

std::vector<std::string> describe_sp_endpoints(const std::vector<config::sp_endpoint_setting>& all) {
  std::vector<std::string> lines;
  for (const auto& one : all) {
    if (!one.enable) continue;
    auto line = "nng " + one.options.name;
    for (const auto& url : one.options.listen) line += ", listens on " + url;
    for (const auto& url : one.options.dial) line += ", dials " + url;
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace nanomq::program
