#include "nanomq/bridge/sp_urls.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "nanolib/base/result.hpp"

#include "nanonng/net/sp_protocol.hpp"

namespace nanomq::bridge {
namespace {

// nng's transports, those of Debian's libnng.
constexpr std::array<std::string_view, 16> schemes{"tcp",    "tcp4",    "tcp6",     "ipc",     "unix", "abstract",
                                                   "inproc", "ws",      "ws4",      "ws6",     "wss",  "wss4",
                                                   "wss6",   "tls+tcp", "tls+tcp4", "tls+tcp6"};

std::string check_scheme(const std::string& url) {
  if (url.empty()) return "a URL is empty";
  const auto end = url.find("://");
  if (end == std::string::npos) return std::string(url.starts_with('/') ? "ipc" : "tcp") + ":// is missing: " + url;
  const auto scheme = std::string_view(url).substr(0, end);
  if (std::ranges::find(schemes, scheme) != schemes.end()) return {};
  return std::string(scheme) + ":// is no transport of SP (tcp, ipc, ws, tls+tcp, wss, inproc): " + url;
}

}  // namespace

std::string check_files(const std::string& ca, const std::string& certificate_key) {
  for (const auto& file : {ca, certificate_key}) {
    if (file.empty() || ::access(file.c_str(), R_OK) == 0) continue;
    return "cannot read " + file + ": " + std::string(nanolib::describe({nanolib::error_domain::sys, errno}));
  }
  return {};
}

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
