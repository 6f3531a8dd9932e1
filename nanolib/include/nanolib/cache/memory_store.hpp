// A store that lives as long as its object: for tests, and the reference that other stores are compared with.
#pragma once

#include <memory>

#include "nanolib/cache/store.hpp"

namespace nanolib {

/// Opens an empty one. Bodies are shared with the messages that were put, not copied. Thread: as store.
[[nodiscard]] std::unique_ptr<store> open_memory_store();

}  // namespace nanolib
