// `nanomq nngproxy`: messages between SP sockets and a broker.
#pragma once

#include "cli_option.hpp"
#include "client_options.hpp"
#include "nanomq/bridge/sp_proxy.hpp"
#include "verb_page.hpp"

namespace nanomq::program {

/// What `nanomq nngproxy` was asked to do.
struct nngproxy_command {
  bridge::proxy_job job;
  diagnostics_options messages;
  nngproxy_command();
};

/// What there is to know about it, with the options bound to `into`.
[[nodiscard]] verb_page nngproxy_page(nngproxy_command& into);

/// The exit status.
int run_nngproxy(option_table::word_span words);

}  // namespace nanomq::program
