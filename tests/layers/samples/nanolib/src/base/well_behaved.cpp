// Nothing here is refused: #include <iostream> in a comment, a name in a literal, questions about the system.
#include <chrono>
#include <cstdio>
#include <mutex>

#include "nanolib/base/time.hpp"

/* nanomq::broker and
   std::abort() are only
   mentioned */
#ifdef __SIZEOF_INT128__
#elif defined(CLOCK_BOOTTIME) && __has_include(<sys/epoll.h>)
#endif

namespace nanolib {

constexpr auto text = "nanonng::mqtt \" printf(";
constexpr auto raw = R"x(std::abort() "nanomq::)x";
constexpr char quote = '"';
inline int write(char* to) { return snprintf(to, 8, "%d", 1'000); }
inline void leave(door& which) { which.exit(); }

}  // namespace nanolib
