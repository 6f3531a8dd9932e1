// The protocol with a lock, a clock and a socket.
#include <mutex>  // refused: lock
#include <ctime>  // refused: lock
#include <unistd.h>  // refused: io

#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/net/stream.hpp"  // refused: floor

static std::mutex guard;  // refused: lock
static const auto now = std::chrono::steady_clock::now();  // refused: lock
static const auto then = nanolib::system_clock().now();  // refused: lock
