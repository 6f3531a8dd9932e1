#include "bridge/sp_endpoint.hpp"

#include <utility>

#include "bridge/question_endpoint.hpp"
#include "bridge/stream_endpoint.hpp"

namespace nanomq::bridge {
namespace {

template <class Endpoint>
nanolib::result<std::unique_ptr<sp_endpoint>> opened(std::unique_ptr<Endpoint> made, nanonng::net::sp_socket& socket) {
  if (const auto done = made->open(socket); !done) return std::unexpected(done.error());
  return made;
}

}  // namespace

nanolib::result<std::unique_ptr<sp_endpoint>> make_endpoint(nanonng::net::sp_socket& socket, const sp_mapping& mapping,
                                                            const sp_endpoint_settings& settings,
                                                            sp_counters& counters) {
  const auto& traits = nanonng::net::traits_of(socket.protocol());
  if (traits.answers) {
    return opened(std::make_unique<answering_endpoint>(mapping, settings, counters), socket);
  }
  if (traits.asks) {
    return opened(std::make_unique<asking_endpoint>(socket.loop(), mapping, settings, counters), socket);
  }
  return opened(std::make_unique<stream_endpoint>(socket.loop(), mapping, settings, counters), socket);
}

}  // namespace nanomq::bridge
