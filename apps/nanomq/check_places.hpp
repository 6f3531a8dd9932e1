// Where a broker would listen, tried without a broker.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "check_report.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/sp_endpoint_option.hpp"
#include "nanonng/net/listener.hpp"

namespace nanomq::program {

/// Looks at one place after the other, and has those that are free as long as it lives: so two that are the same are found. A Unix
/// socket is left alone, because trying would mean to replace what a crash has left. Thread: loop-confined.
class place_check {
 public:
  /// `report` gets what is wrong.
  explicit place_check(check_report& report) noexcept : report_(report) {}

  void look_at(const broker::listening& place, const broker::listener_options& by);
  /// The addresses of an SP endpoint, those to dial and the files of TLS as well. Nobody is dialled.
  void look_at(const config::sp_endpoint_setting& one);
  /// Whether a socket could be made there: a directory that may be written to, and no file of another kind in its place.
  bool look_at_socket(const std::filesystem::path& path, const std::string& whose);

 private:
  void look_at_port(const nanonng::net::endpoint& where, const nanonng::net::socket_options& how,
                    const std::string& shown, bool was_asked_for);

  check_report& report_;
  std::vector<std::shared_ptr<nanonng::net::listening_socket>> held_;
  std::vector<std::filesystem::path> sockets_;
};

}  // namespace nanomq::program
