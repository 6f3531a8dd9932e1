// Upgrade requests and answers of any bytes. The first byte chooses side and options. A verdict stands: more input does
// not change it, and what is accepted carries what it has to.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "nanonng/net/websocket_upgrade.hpp"

namespace {

using namespace nanonng::net;
using kind = websocket_verdict::kind;

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

void check_server(std::string_view text, std::uint8_t choice) {
  websocket_server_options options;
  if ((choice & 2U) != 0) options.path.clear();
  if ((choice & 4U) != 0) options.origins = {"http://example.com"};
  if ((choice & 8U) != 0) options.largest_head = 200;
  const websocket_verdict verdict = answer_upgrade(text, options);
  if (verdict.what == kind::need_more) {
    require(text.size() < options.largest_head);
    return;
  }
  require(verdict.answer.starts_with("HTTP/1.1 " + std::to_string(verdict.status) + " "));
  require((verdict.what == kind::accepted) == (verdict.status == 101));
  const websocket_verdict again = answer_upgrade(std::string(text) + "\r\n\r\n", options);
  require(again.what != kind::need_more);
  if (verdict.what == kind::refused) {
    require(!verdict.why.empty() && again.what == kind::refused);
    return;
  }
  require(again.used == verdict.used && again.answer == verdict.answer);
  require(verdict.used <= text.size() && verdict.used <= options.largest_head + 4);
  require(verdict.protocol == "mqtt" || verdict.protocol == "mqttv3.1");
  require(text.substr(0, verdict.used).ends_with("\r\n\r\n") && text.starts_with("GET /"));
}

void check_client(std::string_view text) {
  const websocket_client_options options{.host = "a"};
  const websocket_verdict verdict = check_upgrade_answer(text, "dGhlIHNhbXBsZSBub25jZQ==", options);
  if (verdict.what == kind::need_more) require(text.size() < options.largest_head);
  if (verdict.what == kind::accepted) {
    require(text.starts_with("HTTP/1.1 101"));
    require(text.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") < verdict.used);
  }
  if (verdict.what == kind::refused) require(!verdict.why.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if ((data[0] & 1U) != 0) {
    check_client(text);
  } else {
    check_server(text, data[0]);
  }
  return 0;
}
