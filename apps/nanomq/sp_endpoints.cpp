#include "sp_endpoints.hpp"

#include <algorithm>
#include <utility>

#include "nanomq/bridge/local_endpoint.hpp"

namespace nanomq::program {

std::vector<std::string> sp_endpoint_faults(const std::vector<config::sp_endpoint_setting>& all) {
  std::vector<std::string> lines;
  for (const auto& one : all) {
    if (!one.enable) continue;
    const auto made = bridge::make_local_endpoint(one.options, nanolib::null_log());
    if (!made) lines.push_back(one.origin + ": " + made.error());
  }
  return lines;
}

namespace {

using endpoints = std::vector<config::sp_endpoint_setting>;

nanolib::result<void> attach(const config::sp_endpoint_setting& one, broker::broker& to, nanolib::log& log,
                             std::string& why) {
  auto made = bridge::make_local_endpoint(one.options, log);
  if (made) return to.attach(std::move(made->options), std::move(made->peer), why);
  why = made.error();
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

}  // namespace

nanolib::result<void> attach_sp_endpoints(const endpoints& all, broker::broker& to, nanolib::log& log,
                                          std::string& why) {
  for (const auto& one : all) {
    if (!one.enable) continue;
    if (auto done = attach(one, to, log, why); !done) return done;
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
