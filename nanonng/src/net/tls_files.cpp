// Certificates, keys and lists from files, with words about what is wrong with which.
#include <fcntl.h>
#include <mbedtls/pem.h>
#include <mbedtls/pkcs12.h>
#include <mbedtls/pkcs5.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "nanolib/base/result.hpp"
#include "tls_certificate.hpp"
#include "tls_settings.hpp"
#include "tls_text.hpp"

namespace nanonng::net {

namespace {

/// Larger than any bundle of authorities; a mistaken path to something huge is no reason to read it all.
constexpr std::size_t largest_file = 16U * 1024 * 1024;

struct file_closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// Reads a whole file; PEM wants the zero byte behind it. False: `why` says so.
bool read_file(const std::string& path, const char* what, std::vector<unsigned char>& into, std::string& why) {
  if (path.empty()) {
    why = "no " + std::string(what) + " is named";
    return false;
  }
  // Not blocking, and files only: a FIFO would keep the caller waiting for its writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const std::unique_ptr<std::FILE, file_closer> file(descriptor < 0 ? nullptr : ::fdopen(descriptor, "rb"));
  struct stat about{};
  if (file && ::fstat(descriptor, &about) == 0 && !S_ISREG(about.st_mode)) {
    why = std::string(what) + " " + path + ": is no file";
    return false;
  }
  std::array<unsigned char, 4096> part;
  if (file) {
    std::size_t got = 0;
    while (into.size() <= largest_file && (got = std::fread(part.data(), 1, part.size(), file.get())) > 0) {
      into.insert(into.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    }
  }
  if (!file || std::ferror(file.get()) != 0) {
    why = std::string(what) + " " + path + ": " + std::string(nanolib::describe(nanolib::last_system_error())) +
          "; name a file that this process may read";
    return false;
  }
  if (into.empty() || into.size() > largest_file) {
    why = std::string(what) + " " + path + (into.empty() ? ": is empty" : ": is too large");
    return false;
  }
  into.push_back(0);
  return true;
}

bool is_pem(const std::vector<unsigned char>& text) noexcept {
  return std::strstr(reinterpret_cast<const char*>(text.data()), "-----BEGIN") != nullptr;
}

/// The length that mbedtls wants: with the zero byte for PEM, without for DER.
std::size_t parse_size(const std::vector<unsigned char>& text) noexcept {
  return is_pem(text) ? text.size() : text.size() - 1;
}

bool parse_chain(mbedtls_x509_crt& into, const std::string& path, const char* what, std::string& why) {
  std::vector<unsigned char> text;
  if (!read_file(path, what, text, why)) return false;
  const int failed = mbedtls_x509_crt_parse(&into, text.data(), parse_size(text));
  if (failed == 0) return true;
  why = std::string(what) + " " + path + ": ";
  why += failed > 0 ? std::to_string(failed) + " of its certificates cannot be read" : describe_tls_error(failed);
  why += "; it must hold certificates in PEM (-----BEGIN CERTIFICATE-----) or one in DER";
  return false;
}

bool parse_key(mbedtls_pk_context& into, const tls_credential& from, std::string& why) {
  std::vector<unsigned char> text;
  if (!read_file(from.key_file, "key file", text, why)) return false;
  const std::string& password = from.key_password;
  const int failed = mbedtls_pk_parse_key(
      &into, text.data(), parse_size(text),
      password.empty() ? nullptr : reinterpret_cast<const unsigned char*>(password.data()), password.size());
  std::fill(text.begin(), text.end(), static_cast<unsigned char>(0));
  if (failed == 0) return true;
  why = "key file " + from.key_file + ": ";
  if (failed == MBEDTLS_ERR_PK_PASSWORD_REQUIRED || failed == MBEDTLS_ERR_PEM_PASSWORD_REQUIRED) {
    why += "is encrypted; give its password";
  } else if (failed == MBEDTLS_ERR_PK_PASSWORD_MISMATCH || failed == MBEDTLS_ERR_PEM_PASSWORD_MISMATCH) {
    why += "the password does not open it";
  } else if (failed == MBEDTLS_ERR_PKCS5_FEATURE_UNAVAILABLE || failed == MBEDTLS_ERR_PKCS12_FEATURE_UNAVAILABLE) {
    why += "is encrypted in a way that mbedtls 2.28 does not know; convert it: openssl pkey -traditional -aes256 -in " +
           from.key_file + " -out NEW";
  } else {
    why += describe_tls_error(failed) + "; it must hold a private key in PEM (-----BEGIN PRIVATE KEY-----) or DER";
  }
  return false;
}

void add_small(std::vector<std::string>& names, std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  names.push_back(std::move(name));
}

/// The names that a certificate stands for; the common name only when there are no others. Spec: RFC 6125 §6.4.4.
void collect_names(tls_own_certificate& of) {
  for (auto& name : tls_alternative_names(of.chain)) {
    if (name.kind == tls_identity::name_kind::dns) add_small(of.names, std::move(name.value));
  }
  if (of.names.empty()) add_small(of.names, tls_common_name(of.chain));
}

}  // namespace

bool tls_name_matches(std::string_view pattern, std::string_view asked) noexcept {
  if (pattern.empty() || asked.empty()) return false;
  if (!pattern.starts_with("*.")) return pattern == asked;
  const std::size_t dot = asked.find('.');
  return dot != std::string_view::npos && dot != 0 && asked.substr(dot) == pattern.substr(1);
}

bool load_own_certificate(tls_context::settings& into, const tls_credential& from, std::string& why) {
  auto made = std::make_unique<tls_own_certificate>();
  if (!parse_chain(made->chain, from.certificate_file, "certificate file", why)) return false;
  if (from.key_file.empty()) {
    why = "certificate file " + from.certificate_file + " has no key file beside it; set keyfile (--key) too";
    return false;
  }
  if (!parse_key(made->key, from, why)) return false;
  if (mbedtls_pk_check_pair(&made->chain.pk, &made->key) != 0) {
    why = "key file " + from.key_file + ": is not the key of the first certificate in " + from.certificate_file;
    return false;
  }
  collect_names(*made);
  into.own.push_back(std::move(made));
  return true;
}

bool load_trusted(tls_context::settings& into, const tls_common_options& from, bool or_the_systems, std::string& why) {
  if (!from.ca_file.empty() && !parse_chain(into.trusted, from.ca_file, "CA file", why)) return false;
  if (!from.ca_directory.empty()) {
    const int failed = mbedtls_x509_crt_parse_path(&into.trusted, from.ca_directory.c_str());
    if (failed < 0 || into.trusted.version == 0) {
      why = "CA directory " + from.ca_directory + ": holds no certificate that can be read";
      return false;
    }
  }
  if (from.ca_file.empty() && from.ca_directory.empty() && or_the_systems) {
    static constexpr std::array known{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                      "/etc/ssl/cert.pem"};
    for (const char* const path : known) {
      if (into.trusted.version == 0) static_cast<void>(mbedtls_x509_crt_parse_file(&into.trusted, path));
    }
    if (into.trusted.version == 0) {
      why = "this system has no list of certificate authorities (package ca-certificates); name a CA file";
      return false;
    }
  }
  if (from.crl_file.empty()) return true;
  std::vector<unsigned char> text;
  if (!read_file(from.crl_file, "revocation list", text, why)) return false;
  const int failed = mbedtls_x509_crl_parse(&into.revoked, text.data(), parse_size(text));
  if (failed != 0) why = "revocation list " + from.crl_file + ": " + describe_tls_error(failed);
  return failed == 0;
}

bool read_hexadecimal(std::string_view text, std::vector<unsigned char>& into) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
  };
  if (text.empty() || text.size() % 2 != 0) return false;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int high = digit(text[at]);
    const int low = digit(text[at + 1]);
    if (high < 0 || low < 0) return false;
    into.push_back(static_cast<unsigned char>(high * 16 + low));
  }
  return true;
}

bool load_keys(tls_context::settings& into, const std::string& file, std::string& why) {
  std::vector<unsigned char> content;
  if (!read_file(file, "PSK file", content, why)) return false;
  constexpr std::size_t longest_line = 2'048;
  std::string_view text(reinterpret_cast<const char*>(content.data()), content.size() - 1);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t colon = line.rfind(':');
    std::vector<unsigned char> key;
    // The line itself is a secret: only its number is told.
    if (line.size() > longest_line || colon == std::string_view::npos || colon == 0 ||
        !read_hexadecimal(line.substr(colon + 1), key) || key.size() > MBEDTLS_PSK_MAX_LEN) {
      why = "PSK file " + file + ", line " + std::to_string(number) + ": write identity:key, the key as 2 to " +
            std::to_string(MBEDTLS_PSK_MAX_LEN * 2) + " hexadecimal digits";
      return false;
    }
    if (!into.keys.try_emplace(std::string(line.substr(0, colon)), std::move(key)).second) {
      why = "PSK file " + file + ", line " + std::to_string(number) + ": this identity has a key already";
      return false;
    }
  }
  if (into.keys.empty()) why = "PSK file " + file + ": holds no key; write lines of identity:key";
  return !into.keys.empty();
}

}  // namespace nanonng::net
