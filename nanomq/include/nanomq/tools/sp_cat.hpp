// What `nanomq nngcat` does: one SP socket, messages to it and from it, as nngcat of nng does it.
//
// It waits inside nng, on one thread; a signal ends the process as it ends nngcat. What it writes is written at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nanomq/tools/body_format.hpp"
#include "nanomq/tools/tool_run.hpp"
#include "nanonng/net/sp_protocol.hpp"

namespace nanomq::tools {

/// Where the socket finds its peers.
struct sp_cat_address {
  std::string url;
  bool listens = false;
};

/// PEM files; empty: none.
struct sp_cat_tls {
  std::string ca_file;
  std::string certificate;
  std::string key;  ///< empty: in the certificate's file
  bool insecure = false;
};

struct sp_cat_job {
  std::optional<nanonng::net::sp_protocol> protocol;
  std::vector<sp_cat_address> addresses;
  std::vector<std::string> prefixes;  ///< sub0: none stands for everything
  std::optional<std::string> data;    ///< what is sent
  std::optional<body_format> format;
  std::uint64_t count = 0;  ///< messages, or exchanges of req0, surveyor0, pair and bus0; 0: no end
  std::chrono::milliseconds delay{0};
  std::optional<std::chrono::milliseconds> interval;
  std::optional<std::chrono::milliseconds> send_timeout;
  std::optional<std::chrono::milliseconds> receive_timeout;
  std::size_t receive_maximum = std::size_t{1024} * 1024;  ///< 0: no bound
  std::string socket_name;
  sp_cat_tls tls;
  bool dials_later = false;  ///< a peer that is not there yet is no error
  bool verbose = false;
};

/// What is wrong with the combination, in nngcat's words, or nothing.
[[nodiscard]] std::string check(const sp_cat_job& job);

/// Runs it. The answer: the exit status, 0 or 1. Thread: blocks.
[[nodiscard]] int run_sp_cat(const sp_cat_job& job, tool_output& output);

}  // namespace nanomq::tools
