#include "signature.hpp"

namespace nanomq::access {

nanolib::result<std::unique_ptr<const signature_key>> make_signature_key(token_algorithm, std::string_view,
                                                                         std::string& why) {
  why = "this program was built without mbedtls, and cannot check tokens";
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

nanolib::result<std::unique_ptr<const signature_key>> make_public_key(token_algorithm algorithm, nanolib::bytes,
                                                                      nanolib::bytes, std::string& why) {
  return make_signature_key(algorithm, {}, why);
}

}  // namespace nanomq::access
