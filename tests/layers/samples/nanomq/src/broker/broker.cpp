// The product uses nng, and neither the command line nor TLS nor streams.
#include <mbedtls/ssl.h>  // refused: floor
#include <nng/nng.h>
#include <CLI/CLI.hpp>  // refused: floor
#include <format>       // refused: format
#include <sstream>      // refused: iostream

#include "nanonng/net/stream.hpp"
