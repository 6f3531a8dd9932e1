#include "nanonng/net/client_layers.hpp"

#include <new>
#include <utility>

#include "nanonng/net/websocket_stream.hpp"

namespace nanonng::net {

std::unique_ptr<stream> add_client_layers(std::unique_ptr<stream> over, const client_layers& layers) noexcept {
  try {
    if (over && layers.tls) {
      const tls_stream_options options{
          .server_name = layers.server_name, .session = layers.session, .pace = nullptr, .report = layers.report};
      over = make_tls_stream(layers.tls, std::move(over), options);
    }
    if (over && layers.websocket) over = make_websocket_client(std::move(over), *layers.websocket);
    return over;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

std::string websocket_host(const std::string& host, std::uint16_t port, bool tls) {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) text.append(":").append(std::to_string(port));
  return text;
}

}  // namespace nanonng::net
