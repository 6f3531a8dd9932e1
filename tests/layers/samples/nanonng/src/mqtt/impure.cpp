// The protocol with a lock, a clock and a socket.
#include <unistd.h>  // refused: io
#include <ctime>     // refused: lock
#include <mutex>     // refused: lock

#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/net/stream.hpp"  // refused: floor

static std::mutex guard;                                   // refused: lock
static const auto now = std::chrono::steady_clock::now();  // refused: lock
static const auto then = nanolib::system_clock().now();    // refused: lock
