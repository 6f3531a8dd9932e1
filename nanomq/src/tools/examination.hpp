// The steps of an examination and what they share. Each step writes down what it found and goes on, whatever it was.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "nanomq/tools/doctor.hpp"
#include "probe.hpp"

namespace nanomq::tools {

/// Thread: one.
class examination {
 public:
  examination(const doctor_request& request, doctor_report& report, const still_wanted& goes_on);

  /// All steps in their order.
  void run();

 private:
  // examine_connection.cpp: false when there is nothing more to find out.
  [[nodiscard]] bool examine_reach();
  [[nodiscard]] bool examine_tls();  // examine_tls.cpp
  void note_chain(const nanonng::net::tls_handshake_report& report);
  [[nodiscard]] bool examine_versions();
  void examine_anonymous();
  void examine_client_ids();
  void examine_welcome();
  void examine_session();
  void examine_will();

  // examine_messages.cpp
  void examine_messages();
  void examine_qos(probe& at, nanolib::quality_of_service qos);
  void examine_retained(probe& at);
  void examine_wildcards(probe& at);
  void examine_shared(probe& at);
  void examine_identifiers(probe& at);
  void examine_no_local(probe& at);
  void examine_aliases(probe& at);

  // examine_limits.cpp
  void examine_limits();
  void examine_packet_size();
  void examine_topic_length();
  void examine_topic_levels();
  void examine_latency();
  void examine_statistics();

  void group(std::string name) { group_ = std::move(name); }
  void note(std::string name, finding::kind state, std::string value = {}, std::string remark = {});
  void yes(std::string name, std::string value = {}) { note(std::move(name), finding::kind::yes, std::move(value)); }
  /// It does not work as MQTT wants it.
  void broken(std::string name, std::string why) { note(std::move(name), finding::kind::broken, {}, std::move(why)); }
  /// `works` is asked for sizes between `least`, which is known to work, and `most`, until the largest is known.
  [[nodiscard]] std::uint64_t find_largest(std::uint64_t least, std::uint64_t most, std::uint64_t precision,
                                           const std::function<bool(std::uint64_t)>& works) const;

  [[nodiscard]] probe_identity identity(std::string_view role, bool named = true) const;
  [[nodiscard]] std::string topic(std::string_view name) const {
    return request_.prefix + '/' + tag_ + '/' + std::string{name};
  }
  [[nodiscard]] bool is_v5() const noexcept { return version_ == nanonng::mqtt::protocol_version::v5; }
  [[nodiscard]] bool wanted() const { return !goes_on_ || goes_on_(); }
  /// A probe that has connected; nothing, and a finding, when that failed.
  [[nodiscard]] std::unique_ptr<probe> connected(std::string_view role);

  const doctor_request& request_;
  doctor_report& report_;
  const probe* asking_ = nullptr;  ///< whose rights a step depends on
  const still_wanted& goes_on_;
  probe_room room_;
  std::string tag_;  // of this examination alone
  std::string group_;
  nanonng::mqtt::protocol_version version_ = nanonng::mqtt::protocol_version::v5;
  nanonng::mqtt::server_limits limits_;
  bool names_packet_size_ = false;
};

/// "2 097 152 bytes".
[[nodiscard]] std::string in_bytes(std::uint64_t count);
/// 65536 as "65 536".
[[nodiscard]] std::string grouped(std::uint64_t number);

}  // namespace nanomq::tools
