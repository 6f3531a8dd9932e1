// OpenSSL's names of cipher suites, as mbedtls has them: "ECDHE-RSA-AES128-GCM-SHA256" is
// "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256".
#include <string>
#include <string_view>

#include "tls_settings.hpp"

namespace nanonng::net {

namespace {

std::string_view take_word(std::string_view& from) noexcept {
  const std::string_view word = from.substr(0, from.find('-'));
  from.remove_prefix(word.size() == from.size() ? word.size() : word.size() + 1);
  return word;
}

bool is_cipher(std::string_view word) noexcept {
  return word.starts_with("AES") || word.starts_with("CHACHA20") || word.starts_with("CAMELLIA") ||
         word.starts_with("ARIA");
}

}  // namespace

std::string tls_cipher_name(std::string_view openssl) {
  std::string name = "TLS";
  std::string_view word = take_word(openssl);
  if (is_cipher(word)) name += "-RSA";  // which OpenSSL leaves out
  while (!word.empty() && !is_cipher(word)) {
    name.append("-").append(word);
    word = take_word(openssl);
  }
  name += "-WITH-";
  if (word.starts_with("CHACHA20")) return name + "CHACHA20-POLY1305-SHA256";
  const auto bits = word.find_first_of("0123456789");
  name.append(word.substr(0, bits));
  if (bits != std::string_view::npos) name.append("-").append(word.substr(bits));
  if (openssl.starts_with("SHA")) name += "-CBC";
  if (openssl == "CCM8") openssl = "CCM-8";
  return openssl.empty() ? name : name.append("-").append(openssl);
}

}  // namespace nanonng::net
