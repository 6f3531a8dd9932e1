// A mutex that clang's thread-safety analysis knows: what it guards is said at the members, and checked when clang builds.
#pragma once

#include <mutex>

#if defined(__clang__)
#define NANOLIB_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define NANOLIB_THREAD_SAFETY(attribute)
#endif

/// On a member: only with this mutex held.
#define NANOLIB_GUARDED_BY(mutex) NANOLIB_THREAD_SAFETY(guarded_by(mutex))
/// On a function: the caller holds this mutex.
#define NANOLIB_REQUIRES(mutex) NANOLIB_THREAD_SAFETY(requires_capability(mutex))

namespace nanolib {

/// std::mutex with annotations. The order of all locks is in docs/locks.md.
class NANOLIB_THREAD_SAFETY(capability("mutex")) mutex {
 public:
  void lock() NANOLIB_THREAD_SAFETY(acquire_capability()) { held_.lock(); }
  void unlock() NANOLIB_THREAD_SAFETY(release_capability()) { held_.unlock(); }
  [[nodiscard]] bool try_lock() NANOLIB_THREAD_SAFETY(try_acquire_capability(true)) { return held_.try_lock(); }

 private:
  std::mutex held_;
};

/// Holds a mutex as long as it lives.
class NANOLIB_THREAD_SAFETY(scoped_lockable) mutex_lock {
 public:
  explicit mutex_lock(mutex& which) NANOLIB_THREAD_SAFETY(acquire_capability(which)) : which_(which) { which_.lock(); }
  /// Takes over a mutex that the caller has locked.
  mutex_lock(mutex& which, std::adopt_lock_t) NANOLIB_REQUIRES(which) : which_(which) {}
  mutex_lock(const mutex_lock&) = delete;
  mutex_lock& operator=(const mutex_lock&) = delete;
  ~mutex_lock() NANOLIB_THREAD_SAFETY(release_capability()) { which_.unlock(); }

 private:
  mutex& which_;
};

}  // namespace nanolib
