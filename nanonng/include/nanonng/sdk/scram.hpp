// SCRAM-SHA-256: the server learns that the client knows the password, and the other way round, and nobody hears it.
#pragma once

#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/sdk/client_options.hpp"

namespace nanonng::sdk {

/// An authenticator for client_options, which then need no user name and no password. Names and passwords are printable
/// ASCII, which SASLprep (RFC 4013) leaves as it is. A server that asks for fewer than 4096 or more than a million rounds
/// is not answered, and one that cannot show that it knows the user's keys is left before anything is sent to it.
/// Shape: the rounds cost milliseconds, on the authenticator's thread, once for each salt.
/// Errors: config, for other letters; not_supported in a build without mbedtls. `why` (if given) says it in words.
/// Spec: RFC 5802, RFC 7677.
[[nodiscard]] NANOLIB_EXPORT nanolib::result<authenticator> make_scram_sha_256(std::string_view user,
                                                                               std::string_view password,
                                                                               std::string* why = nullptr);

}  // namespace nanonng::sdk
