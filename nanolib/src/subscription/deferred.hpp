// Handing memory that readers may still look at to the quiescence, in one line.
#pragma once

#include <memory>
#include <new>

#include "nanolib/base/quiescence.hpp"

namespace nanolib {

/// Calls Free on an object once no reader can see it. When there is no memory for the note itself, the object is never
/// freed: a leak is what is left when it can neither be freed now nor remembered.
template <class Object, class Free>
void retire_object(quiescence& readers, Object* object, Free) noexcept {
  struct deferred final : quiescence::retired {
    explicit deferred(Object* later) noexcept : object(later) {}
    ~deferred() override { Free{}(object); }
    Object* object;
  };
  if (auto* note = new (std::nothrow) deferred(object)) readers.retire(std::unique_ptr<quiescence::retired>(note));
}

/// The same for memory that needs no destructor.
inline void retire_memory(quiescence& readers, void* memory) noexcept {
  retire_object(readers, memory, [](void* later) { ::operator delete(later); });
}

}  // namespace nanolib
