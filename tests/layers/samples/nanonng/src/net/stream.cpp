// The network may use sockets, threads and TLS, and must not know the product.
#include <mbedtls/ssl.h>
#include <sys/socket.h>
#include <thread>

#include "nanomq/broker/broker.hpp"  // refused: floor

using product = nanomq::broker::broker;  // refused: floor
