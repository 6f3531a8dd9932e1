// The claim `acl` of a token: rules that hold for whoever has shown it. As EMQX has it, in both of its forms.
#pragma once

#include <memory>
#include <vector>

#include "nanolib/base/json_object.hpp"
#include "nanomq/broker/access.hpp"

namespace nanomq::access {

/// `acl`: {"pub": [filters], "sub": […], "all": […]}, or a list of {"permission": "allow" or "deny", "action": "publish",
/// "subscribe" or "all", "topic": filter}, of which the first that matches decides; null: the token has none. A filter may have
/// ${clientid} and ${username} in it, and "eq " in front, which takes wildcards for letters. `voucher`: of the key.
/// Null when it is something else: a rule that is left out may be the one that forbids. Errors: throws std::bad_alloc.
[[nodiscard]] std::shared_ptr<const broker::grant> make_token_grant(const nanolib::json_member* acl,
                                                                    std::vector<std::byte> voucher);

}  // namespace nanomq::access
