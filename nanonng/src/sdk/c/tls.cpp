// nanonng/mqtt_tls.h.
#include "nanonng/mqtt_tls.h"

#include <string>
#include <string_view>
#include <vector>

#include "change.hpp"

namespace {

using namespace nanonng::sdk;
using namespace nanonng::sdk::c;

std::vector<std::string> split_at_colons(std::string_view names) {
  std::vector<std::string> all;
  while (!names.empty()) {
    const auto end = names.find(':');
    if (end != 0) all.emplace_back(names.substr(0, end));
    if (end == std::string_view::npos) break;
    names.remove_prefix(end + 1);
  }
  return all;
}

bool is_version(int minimum) noexcept { return minimum >= NMQTT_TLS_1_0 && minimum <= NMQTT_TLS_1_2; }

}  // namespace

int nmqtt_client_set_tls_ca(nmqtt_client client, const char* file, const char* directory) {
  return change(client, true, [=](client_options& options) {
    options.tls.ca_file = text_of(file);
    options.tls.ca_directory = text_of(directory);
  });
}

int nmqtt_client_set_tls_crl(nmqtt_client client, const char* file) {
  return change(client, true, [=](client_options& options) { options.tls.crl_file = text_of(file); });
}

int nmqtt_client_set_tls_certificate(nmqtt_client client, const char* certificate_file, const char* key_file,
                                     const char* key_password) {
  return change(client, (certificate_file == nullptr) == (key_file == nullptr), [=](client_options& options) {
    options.tls.certificate_file = text_of(certificate_file);
    options.tls.key_file = text_of(key_file);
    options.tls.key_password = text_of(key_password);
  });
}

int nmqtt_client_set_tls_server_name(nmqtt_client client, const char* name) {
  return change(client, true, [=](client_options& options) { options.tls.server_name = text_of(name); });
}

int nmqtt_client_set_tls_verify(nmqtt_client client, bool verify) {
  return change(client, true, [=](client_options& options) { options.tls.verify = verify; });
}

int nmqtt_client_set_tls_psk(nmqtt_client client, const char* identity, const char* key) {
  return change(client, text_of(identity).empty() == text_of(key).empty(), [=](client_options& options) {
    options.tls.psk_identity = text_of(identity);
    options.tls.psk_key = text_of(key);
  });
}

int nmqtt_client_set_tls_ciphers(nmqtt_client client, const char* names) {
  return change(client, true, [=](client_options& options) { options.tls.ciphers = split_at_colons(text_of(names)); });
}

int nmqtt_client_add_tls_protocol(nmqtt_client client, const char* name) {
  const std::size_t size = text_of(name).size();
  return change(client, size >= 1 && size <= 255,
                [=](client_options& options) { options.tls.protocols.emplace_back(name); });
}

int nmqtt_client_set_tls_version(nmqtt_client client, int minimum) {
  return change(client, is_version(minimum), [=](client_options& options) {
    options.tls.minimum = static_cast<tls_version>(minimum - NMQTT_TLS_1_0);
  });
}

int nmqtt_client_set_ws_path(nmqtt_client client, const char* path) {
  return change(client, path == nullptr || *path == '/',
                [=](client_options& options) { options.websocket.path = text_of(path); });
}

int nmqtt_client_set_ws_origin(nmqtt_client client, const char* origin) {
  return change(client, true, [=](client_options& options) { options.websocket.origin = text_of(origin); });
}

int nmqtt_client_set_ws_protocol(nmqtt_client client, const char* name) {
  return change(client, true, [=](client_options& options) { options.websocket.protocol = text_of(name); });
}

int nmqtt_client_add_ws_header(nmqtt_client client, const char* name, const char* value) {
  return change(client, !text_of(name).empty() && value != nullptr, [=](client_options& options) {
    options.websocket.headers.push_back(std::string(name) + ": " + value);
  });
}

int nmqtt_client_get_fault(nmqtt_client client, char** text) {
  if (text == nullptr) return NNG_EINVAL;
  const client_entry_ptr found = find_handle(client);
  if (!found) return NNG_ECLOSED;
  return guarded([&] {
    char* const copy = nng_strdup(found->fault().c_str());
    if (copy == nullptr) return static_cast<int>(NNG_ENOMEM);
    *text = copy;
    return 0;
  });
}
