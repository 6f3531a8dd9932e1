#include "secret_files.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace nanomq::program {

std::vector<std::string> readable_secrets(const config::settings& from) {
  std::vector<std::string> seen;
  std::vector<std::string> lines;
  const auto look = [&](const char* what, const std::string& file) {
    struct stat about{};
    if (file.empty() || std::ranges::find(seen, file) != seen.end()) return;
    seen.push_back(file);
    if (::stat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return;
    const bool by_all = (about.st_mode & S_IROTH) != 0;
    if (!by_all && (about.st_mode & S_IRGRP) == 0) return;
    lines.push_back(std::string(what) + " " + file + " can be read by " + (by_all ? "everybody" : "its group") +
                    " on this machine: chmod 600 " + file);
  };
  for (const auto& one : from.broker.listeners) {
    if (!one.enable || !one.is_secure()) continue;
    look("key file", one.certificate.key_file);
    for (const auto& more : one.more_certificates) look("key file", more.key_file);
    look("PSK file", one.tls.psk_file);
  }
  look("password file", from.access.password_file);
  look("token secret", from.access.tokens.secret_file);
  // A JWK set has a secret in it where it is for HS256.
  const auto& algorithms = from.access.tokens.algorithms;
  if (std::ranges::find(algorithms, access::token_algorithm::hs256) != algorithms.end()) {
    look("JWK set", from.access.tokens.jwks_file);
  }
  if (from.access.http.is_used()) look("key file", from.access.http.key_file);
  if (from.webhook.is_active()) look("key file", from.webhook.key_file);
  return lines;
}

}  // namespace nanomq::program
