// What somebody should know about access rules that can be used as they are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/access/rule.hpp"
#include "nanomq/broker/listener.hpp"

namespace nanomq::program {

/// Why nobody comes through a listener of that id, in words that follow a place: "there is no listener tls:plant; did you
/// mean ssl:plant?". Empty when there is one, though it be disabled.
[[nodiscard]] std::string unknown_listener(std::string_view id, const std::vector<broker::listener_options>& all);

/// A line for each listener that a rule names and that is not there, with the rule's place, ready to be shown.
[[nodiscard]] std::vector<std::string> rule_warnings(std::span<const access::rule> rules,
                                                     const std::vector<broker::listener_options>& listeners);

}  // namespace nanomq::program
