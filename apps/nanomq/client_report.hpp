// What `nanomq broker clients` tells: a row for each, for people and as JSON.
#pragma once

#include <string>

#include "nanolib/base/json_writer.hpp"
#include "nanomq/broker/client_list.hpp"

namespace nanomq::program {

/// The members of an object.
void write_clients(nanolib::json_writer& into, const broker::client_list& what);
/// A table with a head; below it how many there are when not all are shown.
[[nodiscard]] std::string clients_text(const broker::client_list& what);

}  // namespace nanomq::program
