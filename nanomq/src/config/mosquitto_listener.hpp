// Listeners of mosquitto.conf: which there are, of which kind, and what they say.
#pragma once

#include <string>
#include <vector>

#include "mosquitto_writer.hpp"

namespace nanomq::config {

/// Writes them all, with allow_anonymous where per_listener_settings makes it theirs.
/// The answer: those sections whose listeners are opened.
std::vector<const mosquitto_section*> write_mosquitto_listeners(const mosquitto_document& from, mosquitto_writer& into);

}  // namespace nanomq::config
