#include "nanomq/bridge/sp_urls.hpp"

#include "nanonng/net/sp_protocol.hpp"

namespace nanomq::bridge {
namespace {

std::string check_scheme(const std::string& url) {
  if (url.find("://") != std::string::npos) return {};
  return std::string(url.starts_with('/') ? "ipc" : "tcp") + ":// is missing: " + url;
}

}  // namespace

std::string check_urls(const sp_places& places, std::string_view certificate_setting) {
  for (const auto& url : places.listen) {
    if (auto fault = check_scheme(url); !fault.empty()) return fault;
    // nng listens without one, and refuses every peer.
    if (nanonng::net::sp_url_has_tls(url) && !places.has_certificate) {
      return url + " needs a certificate and its key: " + std::string(certificate_setting);
    }
  }
  for (const auto& url : places.dial) {
    if (auto fault = check_scheme(url); !fault.empty()) return fault;
  }
  return {};
}

}  // namespace nanomq::bridge
