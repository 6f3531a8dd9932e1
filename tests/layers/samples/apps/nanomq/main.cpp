// The program may use everything, by its proper name and without switches.
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <iostream>

#include "nanomq/broker/broker.hpp"
#if WITH_TLS  // refused: switch
#endif
