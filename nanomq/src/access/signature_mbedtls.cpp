#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>

#include <array>
#include <cstring>
#include <vector>

#include "nanolib/base/mutex.hpp"
#include "nanomq/access/password_hash.hpp"
#include "signature.hpp"

namespace nanomq::access {
namespace {

using digest = std::array<std::byte, 32>;

const unsigned char* octets(nanolib::bytes data) { return reinterpret_cast<const unsigned char*>(data.data()); }

std::unexpected<nanolib::error> refuse(std::string& why, std::string_view text) {
  why = text;
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

digest fingerprint_of(std::string_view key) {
  digest made{};
  const auto data = nanolib::as_bytes(key);
  if (mbedtls_sha256_ret(octets(data), data.size(), reinterpret_cast<unsigned char*>(made.data()), 0) != 0) made = {};
  return made;
}

class secret_key final : public signature_key {
 public:
  explicit secret_key(std::string_view key) : key_(key), fingerprint_(fingerprint_of(key)) {}
  nanolib::bytes fingerprint() const noexcept override { return fingerprint_; }
  token_algorithm algorithm() const noexcept override { return token_algorithm::hs256; }
  bool has_signed(nanolib::bytes text, nanolib::bytes signature) const noexcept override {
    digest made{};
    return mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), octets(nanolib::as_bytes(key_)), key_.size(),
                           octets(text), text.size(), reinterpret_cast<unsigned char*>(made.data())) == 0 &&
           equal_secrets(made, signature);
  }

 private:
  std::string key_;
  digest fingerprint_;
};

// r and s, of 32 bytes each, as mbedtls wants them: two integers in DER.
std::vector<unsigned char> der_of(nanolib::bytes signature) {
  std::vector<unsigned char> out{0x30, 0};
  for (const nanolib::bytes half : {signature.first(32), signature.last(32)}) {
    std::size_t zeros = 0;
    while (zeros < 31 && half[zeros] == std::byte{0}) ++zeros;
    const nanolib::bytes number = half.subspan(zeros);
    const bool negative = (number.front() & std::byte{0x80}) != std::byte{0};
    out.push_back(0x02);
    out.push_back(static_cast<unsigned char>(number.size() + (negative ? 1 : 0)));
    if (negative) out.push_back(0);
    for (const std::byte one : number) out.push_back(static_cast<unsigned char>(one));
  }
  out[1] = static_cast<unsigned char>(out.size() - 2);
  return out;
}

class public_key final : public signature_key {
 public:
  explicit public_key(token_algorithm algorithm) noexcept : algorithm_(algorithm) { mbedtls_pk_init(&key_); }
  ~public_key() override { mbedtls_pk_free(&key_); }

  bool read(std::string_view pem) {
    fingerprint_ = fingerprint_of(pem);
    const std::string text(pem);  // with the zero that mbedtls wants behind it
    const nanolib::mutex_lock lock(mutex_);
    if (mbedtls_pk_parse_public_key(&key_, reinterpret_cast<const unsigned char*>(text.c_str()), text.size() + 1) != 0)
      return false;
    return is_strong();
  }

  bool read(nanolib::bytes first, nanolib::bytes second) {
    std::vector<unsigned char> point{0x04};
    point.insert(point.end(), octets(first), octets(first) + first.size());
    point.insert(point.end(), octets(second), octets(second) + second.size());
    fingerprint_ = fingerprint_of({reinterpret_cast<const char*>(point.data()), point.size()});
    const nanolib::mutex_lock lock(mutex_);
    if (first.empty() || second.empty() || first.size() > 1'024 || second.size() > 1'024) return false;
    if (algorithm_ == token_algorithm::rs256) {
      if (mbedtls_pk_setup(&key_, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) != 0) return false;
      mbedtls_rsa_context* const rsa = mbedtls_pk_rsa(key_);
      return mbedtls_rsa_import_raw(rsa, octets(first), first.size(), nullptr, 0, nullptr, 0, nullptr, 0,
                                    octets(second), second.size()) == 0 &&
             mbedtls_rsa_complete(rsa) == 0 && mbedtls_rsa_check_pubkey(rsa) == 0 && is_strong();
    }
    if (first.size() != 32 || second.size() != 32) return false;
    if (mbedtls_pk_setup(&key_, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) != 0) return false;
    mbedtls_ecp_keypair* const pair = mbedtls_pk_ec(key_);
    return mbedtls_ecp_group_load(&pair->grp, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
           mbedtls_ecp_point_read_binary(&pair->grp, &pair->Q, point.data(), point.size()) == 0 &&
           mbedtls_ecp_check_pubkey(&pair->grp, &pair->Q) == 0;
  }

  token_algorithm algorithm() const noexcept override { return algorithm_; }
  nanolib::bytes fingerprint() const noexcept override { return fingerprint_; }
  bool has_signed(nanolib::bytes text, nanolib::bytes signature) const noexcept override {
    digest made{};
    const auto* hash = reinterpret_cast<unsigned char*>(made.data());
    if (mbedtls_sha256_ret(octets(text), text.size(), reinterpret_cast<unsigned char*>(made.data()), 0) != 0)
      return false;
    try {
      std::vector<unsigned char> form(octets(signature), octets(signature) + signature.size());
      if (algorithm_ == token_algorithm::es256) {
        if (signature.size() != 64) return false;
        form = der_of(signature);
      }
      const nanolib::mutex_lock lock(mutex_);
      return mbedtls_pk_verify(&key_, MBEDTLS_MD_SHA256, hash, made.size(), form.data(), form.size()) == 0;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

 private:
  [[nodiscard]] bool is_strong() const NANOLIB_REQUIRES(mutex_) {
    if (algorithm_ == token_algorithm::rs256)
      return mbedtls_pk_get_type(&key_) == MBEDTLS_PK_RSA && mbedtls_pk_get_bitlen(&key_) >= 2048;
    return mbedtls_pk_get_type(&key_) == MBEDTLS_PK_ECKEY && mbedtls_pk_ec(key_)->grp.id == MBEDTLS_ECP_DP_SECP256R1;
  }

  token_algorithm algorithm_;
  digest fingerprint_{};
  mutable nanolib::mutex mutex_;  // what is worked out once for a key is kept in it
  mutable mbedtls_pk_context key_ NANOLIB_GUARDED_BY(mutex_);
};

}  // namespace

nanolib::result<std::unique_ptr<const signature_key>> make_signature_key(token_algorithm algorithm,
                                                                         std::string_view key, std::string& why) {
  if (algorithm == token_algorithm::hs256) {
    // A public key is known to everybody: as a secret it would be none.
    if (key.find("-----BEGIN") != std::string_view::npos) return refuse(why, "a key in PEM is no secret for HS256");
    if (key.size() < 32) return refuse(why, "a secret for HS256 has 32 bytes at least");
    return std::make_unique<const secret_key>(key);
  }
  auto made = std::make_unique<public_key>(algorithm);
  if (!made->read(key)) {
    return refuse(why, algorithm == token_algorithm::rs256 ? "no public RSA key of 2048 bits or more, in PEM"
                                                           : "no public key for P-256, in PEM");
  }
  return std::unique_ptr<const signature_key>(std::move(made));
}

nanolib::result<std::unique_ptr<const signature_key>> make_public_key(token_algorithm algorithm, nanolib::bytes first,
                                                                      nanolib::bytes second, std::string& why) {
  auto made = std::make_unique<public_key>(algorithm);
  if (algorithm == token_algorithm::hs256 || !made->read(first, second)) {
    return refuse(why, algorithm == token_algorithm::rs256 ? "no public RSA key of 2048 bits or more"
                                                           : "no public key for P-256");
  }
  return std::unique_ptr<const signature_key>(std::move(made));
}

}  // namespace nanomq::access
