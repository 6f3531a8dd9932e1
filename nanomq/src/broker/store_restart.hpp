// What a store holds becomes sessions, subscriptions and retained messages again, before anything runs.
#pragma once

#include "broker/commons.hpp"

namespace nanomq::broker {

/// Fills the shards and the commons. Errors: store.
[[nodiscard]] nanolib::result<void> restore_from(nanolib::store& from, commons& into);

}  // namespace nanomq::broker
