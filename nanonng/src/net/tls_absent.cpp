// A build without TLS: there are no contexts, hence no streams.
#include <cerrno>

#include "nanonng/net/certificate.hpp"
#include "nanonng/net/tls_stream.hpp"

namespace nanonng::net {

struct tls_context::settings {};
struct tls_session::kept {};

namespace {

std::unexpected<nanolib::error> refused(std::string& why) {
  why = "this build has no TLS (it was made with NANOMQ_TLS=OFF)";
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOSYS});
}

}  // namespace

nanolib::result<std::shared_ptr<const tls_context>> tls_context::server(const tls_server_options&, std::string& why) {
  return refused(why);
}
nanolib::result<std::shared_ptr<const tls_context>> tls_context::client(const tls_client_options&, std::string& why) {
  return refused(why);
}
tls_context::tls_context(std::unique_ptr<settings> made) noexcept : settings_(std::move(made)) {}
tls_context::~tls_context() = default;
tls_session::tls_session() noexcept = default;
tls_session::~tls_session() = default;

std::unique_ptr<stream> make_tls_stream(std::shared_ptr<const tls_context>, std::unique_ptr<stream>,
                                        const tls_stream_options&) noexcept {
  return nullptr;
}

nanolib::result<std::vector<certificate_facts>> read_certificates(std::string_view, std::string& why) {
  return refused(why);
}
nanolib::result<std::vector<revocation_facts>> read_revocations(std::string_view, std::string& why) {
  return refused(why);
}
nanolib::result<certificate_and_key> make_certificate(const certificate_wish&, const certificate_and_key*,
                                                      std::string& why) {
  return refused(why);
}

std::string tls_identity::fingerprint_text() const { return {}; }

}  // namespace nanonng::net
