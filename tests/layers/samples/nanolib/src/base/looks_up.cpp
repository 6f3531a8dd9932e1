// A file of the lowest floor that does most of what that floor must not do.
#include <nng/nng.h>        // refused: floor
#include <spdlog/spdlog.h>  // refused: floor
#include <sys/socket.h>     // refused: socket
#include <iostream>         // refused: iostream
#include <thread>           // refused: thread

#include "../message/message.hpp"  // refused: path
#include "nanolib/base/result.hpp"
#include "nanomq/config/config.hpp"  // refused: floor
#include "sqlite3.h"                 // refused: sqlite

namespace nanomq::config {  // refused: floor
struct config;
}

#ifdef NANOMQ_WITH_BRIDGE             // refused: switch
void bridge(nanonng::mqtt::packet&);  // refused: floor
#elif defined(__linux__) && RULES     // refused: switch
#endif

void shout() {
  std::thread([] { printf("%d\n", 1'000); }).join();  // refused: thread refused: loud
  std::abort();                                       // refused: loud
}
