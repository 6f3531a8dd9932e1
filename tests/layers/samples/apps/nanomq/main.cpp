// The program may use everything, by its proper name and without switches.
#include <CLI/CLI.hpp>
#include <iostream>
#include <spdlog/spdlog.h>

#include "nanomq/broker/broker.hpp"
#if WITH_TLS  // refused: switch
#endif
