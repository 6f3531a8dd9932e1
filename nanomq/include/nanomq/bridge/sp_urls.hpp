// Where an SP socket is to listen and to dial: what can be known to be wrong before anything is opened.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nanomq::bridge {

struct sp_places {
  const std::vector<std::string>& listen;
  const std::vector<std::string>& dial;
  bool has_certificate = false;
};

/// What keeps these files of TLS from being read, without a full stop; empty: nothing. An empty name is no file.
[[nodiscard]] std::string check_files(const std::string& ca, const std::string& certificate_key);

/// What is wrong, without a full stop; empty: nothing. `certificate_setting` is what somebody has to write for a
/// certificate.
[[nodiscard]] std::string check_urls(const sp_places& places, std::string_view certificate_setting);

}  // namespace nanomq::bridge
