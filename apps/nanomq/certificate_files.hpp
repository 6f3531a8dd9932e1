// Where certificates and keys are put, and read from.
#pragma once

#include <string>
#include <string_view>

#include "nanonng/net/certificate.hpp"

namespace nanomq::program {

/// NAME.pem and NAME.key of a directory.
struct certificate_paths {
  std::string certificate;
  std::string key;
};

/// Writes the key, for its owner alone, then the certificate, for everybody. Unless `force`, what is there already is left
/// alone, both files then. Throws: std::runtime_error with the path.
void place_certificate(const certificate_paths& where, const nanonng::net::certificate_and_key& what, bool force);

/// Throws: std::runtime_error with the path.
[[nodiscard]] std::string read_certificate_file(const std::string& path);

}  // namespace nanomq::program
