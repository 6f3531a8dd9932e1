#include "sp_endpoints.hpp"

#include <algorithm>
#include <utility>

#include "nanolib/topic/topic.hpp"
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

std::vector<std::string> sp_endpoints_without_rights(const std::vector<config::sp_endpoint_setting>& all,
                                                     const broker::access& rights) {
  std::vector<std::string> lines;
  for (const auto& one : all) {
    if (!one.enable) continue;
    const auto made = bridge::make_local_endpoint(one.options, nanolib::null_log());
    if (!made) continue;  // which is told already
    const broker::local_peer_options& as = made->options;
    for (const auto& wanted : as.subscriptions) {
      const auto filter = nanolib::parse_topic_filter(wanted.filter);
      if (!filter ||
          rights.authorize({as.client_id, as.user_name, as.address}, broker::operation::subscribe, filter->filter)
              .is_granted())
        continue;
      lines.push_back(one.origin + ": " + as.name + ": subscription " + wanted.filter +
                      ": the access rules do not allow it to " + as.client_id);
    }
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

// Null: there is none of this name that is to be open.
const config::sp_endpoint_setting* find(const endpoints& all, const config::sp_endpoint_setting& like) {
  const auto found =
      std::ranges::find_if(all, [&](const auto& one) { return one.enable && one.options.name == like.options.name; });
  return found == all.end() ? nullptr : &*found;
}

bool is_in(const endpoints& all, const config::sp_endpoint_setting& one) {
  const auto* const there = find(all, one);
  return there != nullptr && config::are_same({*there}, {one});
}

std::string key_of(const config::sp_endpoint_setting& one) {
  auto name = one.options.name;
  std::ranges::replace(name, '/', '.');
  return std::string(config::sp_endpoints_key) + "." + name;
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

sp_endpoint_change change_sp_endpoints(const endpoints& before, const endpoints& wanted, broker::broker& of,
                                       nanolib::log& log) {
  sp_endpoint_change made;
  std::vector<std::string> leaving;
  for (const auto& one : before) {
    if (!one.enable || is_in(wanted, one)) continue;
    leaving.push_back(bridge::name_of(one.options));
    if (find(wanted, one) == nullptr) made.lines.push_back("closed: " + key_of(one));
  }
  of.detach(leaving);
  for (const auto& one : wanted) {
    const auto* const old = find(before, one);
    if (!one.enable || is_in(before, one)) {
      made.now.push_back(one);
      continue;
    }
    std::string why;
    if (attach(one, of, log, why)) {
      made.lines.push_back((old != nullptr ? "changed: " : "opened: ") + key_of(one));
      made.now.push_back(one);
      continue;
    }
    made.complete = false;
    made.lines.push_back("not opened: " + key_of(one) + ": " + why);
    if (old == nullptr) continue;
    if (attach(*old, of, log, why)) {
      made.lines.back() += "; it is as it was before";
      made.now.push_back(*old);
    } else {
      made.lines.back() += "; as it was before it cannot be opened either: " + why;
    }
  }
  return made;
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
