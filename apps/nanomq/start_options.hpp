// The command line of `broker start`, as it was written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exit_code.hpp"
#include "nanomq/config/configuration.hpp"

namespace nanomq::program {

struct start_options {
  std::string directory;  ///< what paths begin at, from the root on; empty: the working directory
  bool daemon = false;
  std::vector<std::string> urls;
  std::string conf;
  std::string shards;
  std::string poller;
  std::vector<std::string> assignments;  ///< --set
  std::string pid_file;
  std::string log_level;
  std::string log_file;
  bool to_syslog = false;
  bool allow_anonymous = false;
  std::string ca_file;  ///< NanoMQ's flags for listeners.ssl
  std::string certificate;
  std::string key;
  std::string key_password;
  bool verify_peer = false;
  bool fail_if_no_peer_cert = false;
  std::string print;  ///< --print-config: "true", "sample" or "reference"; empty: start
};

/// What the environment says where the command line is silent: NANOMQ_CONF_PATH, NANOMQ_PID_FILE, NANOMQ_DAEMON.
/// Errors: config; `why` names the variable.
[[nodiscard]] nanolib::result<void> complete_from_environment(start_options& options, std::string& why);

/// A line for each NANOMQ_ variable that has no effect.
[[nodiscard]] std::vector<std::string> ineffective_variables();

/// A path from the root on: a daemon leaves the directory that it was started in. An empty one stays empty.
/// Errors: sys (there is no working directory), with `why`.
[[nodiscard]] nanolib::result<void> make_absolute(std::string& path, std::string& why);
/// The same, beginning at `directory` unless that is empty.
[[nodiscard]] nanolib::result<void> make_absolute(std::string& path, const std::string& directory, std::string& why);
/// The same for the pid file, the log file and the configuration file; from here on `directory` is the working directory.
[[nodiscard]] nanolib::result<void> make_absolute(start_options& options, std::string& why);
/// The same for a listener's Unix sockets, certificates and keys.
/// Errors: sys; config (the path is too long for a socket); with `why`.
[[nodiscard]] nanolib::result<void> make_absolute(std::vector<broker::listener_options>& listeners,
                                                  const std::string& directory, std::string& why);

/// The configuration that they come to: file, environment, --set, then the flags of their own. All that is wrong in any of
/// them is among its faults().
[[nodiscard]] config::configuration configure(const start_options& options);

/// The pid file to take, or empty: none. One that was asked for; else the default one for a daemon and for a broker
/// whose listeners do not come from the command line. So two brokers with a --url of their own run side by side in the
/// foreground, and two that would be "the broker of this machine" do not.
[[nodiscard]] std::string pid_file_to_take(const start_options& options, const config::configuration& configuration);

}  // namespace nanomq::program
