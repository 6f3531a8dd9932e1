// Whether a URL is one that a client can be made with.
#pragma once

namespace nanonng::sdk::c {

/// Errors: NNG_EADDRINVAL; throws bad_alloc.
[[nodiscard]] int check_server_url(const char* url);

}  // namespace nanonng::sdk::c
