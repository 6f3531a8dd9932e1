#include "nanomq/tools/failure.hpp"

#include <algorithm>
#include <cerrno>

#include "nanomq/tools/text.hpp"

namespace nanomq::tools {
namespace {

using nanonng::mqtt::name_of;
using nanonng::mqtt::reason_code;

std::string with_code(std::string_view who, reason_code reason) {
  return text("%s: %s (0x%02X)", std::string{who}.c_str(), std::string{name_of(reason)}.c_str(),
              static_cast<unsigned>(reason));
}

std::string of_error(std::string_view what, const nanolib::error& error) {
  std::string out{what};
  // {sys, 0} is an end without an error.
  if (error.code != 0) out.append(out.empty() ? "" : ": ").append(nanolib::describe(error));
  return out;
}

}  // namespace

std::string describe(const failure& what) {
  switch (what.what) {
    case failure::kind::none:
      break;
    case failure::kind::local:
      return what.why.empty() ? of_error("on this machine", what.error) : "not sent: " + std::string{what.why};
    case failure::kind::dial:
      return of_error("", what.error);
    case failure::kind::connack_timeout:
      return "no CONNACK in time";
    case failure::kind::refused:
      return with_code("CONNACK", what.reason);
    case failure::kind::closed:
      if (!what.detail.empty()) return what.detail;
      return of_error(
          what.after_connack ? "closed by the server without a word" : "closed by the server before CONNACK",
          what.error);
    case failure::kind::disconnected:
      return with_code("DISCONNECT from the server", what.reason);
    case failure::kind::silent:
      return "no PINGRESP in time";
    case failure::kind::violation:
      return text("the server broke the protocol: %s", std::string{what.why}.c_str());
  }
  return "no failure";
}

std::string_view advice(const failure& what) noexcept {
  if (what.what == failure::kind::dial && what.error.code == ECONNREFUSED)
    return "is a broker running there, and is the port right?";
  if (what.error.domain == nanolib::error_domain::sys) {
    if (what.error.code == EMFILE) return "raise the limit of open files: ulimit -n";
    if (what.error.code == ENFILE) return "the whole system has no descriptors left: sysctl fs.file-max";
    if (what.error.code == EADDRNOTAVAIL)
      return "no local port is left: give more source addresses, for instance --ifaddr 127.0.0.2-9";
    if (what.error.code == ETIMEDOUT) return "does a firewall drop the packets?";
  }
  if (what.what == failure::kind::refused) {
    if (what.reason == reason_code::bad_user_name_or_password || what.reason == reason_code::not_authorized)
      return "give a user name and a password that the broker knows: -u NAME -P PASSWORD";
    if (what.reason == reason_code::unsupported_protocol_version) return "try another version: -V 3, 4 or 5";
    if (what.reason == reason_code::client_identifier_not_valid) return "the broker wants another client identifier";
  }
  if (what.what == failure::kind::closed && !what.detail.empty()) return {};
  if (what.what == failure::kind::closed && !what.after_connack)
    return "the port may speak TLS or something else than MQTT; the broker's log says more";
  return {};
}

void failure_tally::add(const failure& what, std::uint64_t times) {
  for (entry& known : entries_) {
    if (known.first == what) {
      known.second += times;
      return;
    }
  }
  entries_.emplace_back(what, times);
}

void failure_tally::merge(const failure_tally& other) {
  for (const auto& [what, times] : other.entries_) add(what, times);
}

std::vector<failure_tally::entry> failure_tally::sorted() const {
  std::vector<entry> out = entries_;
  std::ranges::sort(out, std::ranges::greater{}, &entry::second);
  return out;
}

std::uint64_t failure_tally::total() const noexcept {
  std::uint64_t sum = 0;
  for (const entry& each : entries_) sum += each.second;
  return sum;
}

}  // namespace nanomq::tools
