// What is said and shown before MQTT begins.
#include <chrono>
#include <memory>

#include "examination.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {

using nanonng::net::certificate_facts;
using nanonng::net::tls_handshake_report;
using nanonng::net::tls_identity;

namespace {

constexpr std::chrono::days soon{30};

std::string names_in(const std::vector<tls_identity::alternative_name>& names) {
  std::string all;
  for (const auto& each : names) all.append(all.empty() ? "" : ", ").append(each.value);
  return all;
}

/// "until 2027-01-31, 70 days left".
std::string time_in(const certificate_facts& facts, std::chrono::days left) {
  const std::chrono::year_month_day end{std::chrono::floor<std::chrono::days>(facts.not_after)};
  return text("until %04d-%02u-%02u, %ld days left", static_cast<int>(end.year()), static_cast<unsigned>(end.month()),
              static_cast<unsigned>(end.day()), static_cast<long>(left.count()));
}

/// Links that mbedtls has not complained about may be about to end.
std::string warning_for(const certificate_facts& facts, std::chrono::days left) {
  if (left < soon) return "ends soon: have a new one made";
  return facts.names.empty() && !facts.is_authority ? "it has no names but the old common name, which many refuse" : "";
}

}  // namespace

/// False when there is nothing more to find out.
bool examination::examine_tls() {
  if (!room_.layers.tls) return true;
  group("TLS");
  const auto report = std::make_shared<tls_handshake_report>();
  room_.layers.report = report;
  const auto begun = std::chrono::steady_clock::now();
  probe trial(room_, identity("tls"));
  const auto opened = trial.open();
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begun;
  if (opened) trial.close();
  room_.layers.report.reset();

  const bool stands = report->identity.has_value();
  if (stands) {
    yes("handshake", text("%s, %s, %.1f ms to CONNACK", report->identity->version.c_str(),
                          report->identity->cipher.c_str(), taken.count()));
    const std::string& protocol = report->identity->protocol;
    note("application protocol", protocol.empty() ? finding::kind::no : finding::kind::yes, protocol,
         protocol.empty() ? "none was asked for, or the broker does not choose one" : "");
  } else {
    note("handshake", finding::kind::no, {}, opened ? "it was not seen" : describe(opened.error()));
  }
  note_chain(*report);
  return stands;
}

void examination::note_chain(const tls_handshake_report& report) {
  if (report.chain.empty()) {
    return note("certificate", finding::kind::unknown, {},
                report.identity ? "nobody has looked at it (a pre-shared key, or --insecure)" : "none was seen");
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (std::size_t at = 0; at < report.chain.size(); ++at) {
    const auto& [facts, problems] = report.chain[at];
    const auto left = std::chrono::floor<std::chrono::days>(facts.not_after - now);
    note(at == 0 ? "certificate" : "signed by", problems.empty() ? finding::kind::yes : finding::kind::no,
         facts.subject + ", " + facts.key + ", " + time_in(facts, left),
         problems.empty() ? warning_for(facts, left) : problems);
    if (at == 0 && !facts.names.empty()) note("its names", finding::kind::limit, names_in(facts.names));
  }
}

}  // namespace nanomq::tools
