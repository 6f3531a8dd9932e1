// `nanomq cert`: makes a small certificate authority and certificates of it, and shows what is in one.
#pragma once

#include <string>
#include <vector>

#include "nanonng/net/certificate.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

/// What was asked of `cert ca`, `cert server` or `cert client`.
struct certificate_command {
  nanonng::net::certificate_wish::purpose what{};
  std::string directory = ".";
  std::string base{};  ///< of the files' names; empty: ca, server, or the client's name
  std::string authority{};
  std::string authority_key{};
  std::vector<std::string> names{};
  std::vector<std::string> addresses{};
  long long days = 0;
  bool force = false;
};

struct cert_command {
  certificate_command ca{.what = nanonng::net::certificate_wish::purpose::authority, .days = 3'650};
  certificate_command server{.what = nanonng::net::certificate_wish::purpose::server, .days = 825};
  certificate_command client{.what = nanonng::net::certificate_wish::purpose::client, .days = 825};
  std::vector<std::string> files;
  long long within_days = 0;
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page cert_page(cert_command& into);

/// The exit status.
int run_cert(option_table::word_span words);

}  // namespace nanomq::program
