#include "certificate_dates.hpp"

#include <cstdio>
#include <optional>

#include "nanomq/config/small_file.hpp"
#include "nanonng/net/certificate.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

using std::chrono::sys_seconds;

constexpr std::chrono::days soon{30};
constexpr std::size_t largest_file = std::size_t{1} << 20U;

std::optional<std::string> content_of(const std::string& file) {
  std::string why;
  if (file.empty()) return std::nullopt;
  auto text = config::read_small_file(file, largest_file, why);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::string date_text(sys_seconds of) {
  const auto day = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(of));
  char date[16];
  (void)std::snprintf(date, sizeof date, "%04d-%02u-%02u", int(day.year()), unsigned(day.month()), unsigned(day.day()));
  return date;
}

// What there is to say about something that is good from `begin` to `end`.
void look(std::vector<certificate_date>& into, const std::string& what, sys_seconds begin, sys_seconds end,
          sys_seconds now) {
  if (end <= now) {
    into.push_back({what + " has ended on " + date_text(end), true});
  } else if (begin > now) {
    into.push_back({what + " is not good yet", false});
  } else if (end - now < soon) {
    const auto left = std::chrono::floor<std::chrono::days>(end - now).count();
    into.push_back(
        {what + " ends on " + date_text(end) + ", in " + count_text(static_cast<std::uint64_t>(left), "day", "days"),
         false});
  }
}

void look_at_certificates(std::vector<certificate_date>& into, const std::string& id, const std::string& file,
                          sys_seconds now) {
  std::string why;
  const auto text = content_of(file);
  if (!text) return;
  const auto all = nanonng::net::read_certificates(*text, why);
  if (!all) return;
  for (const auto& one : *all) {
    look(into, id + ": " + file + ": the certificate of " + one.subject, one.not_before, one.not_after, now);
  }
}

void look_at_lists(std::vector<certificate_date>& into, const std::string& id, const std::string& file,
                   sys_seconds now) {
  std::string why;
  const auto text = content_of(file);
  if (!text) return;
  const auto all = nanonng::net::read_revocations(*text, why);
  if (!all) return;
  for (const auto& one : *all) {
    if (one.next_update == sys_seconds{}) continue;
    const auto what = id + ": " + file + ": the list of certificates that " + one.issuer + " has revoked";
    look(into, what, one.this_update, one.next_update, now);
  }
}

}  // namespace

std::vector<certificate_date> certificate_dates(const std::vector<broker::listener_options>& listeners,
                                                sys_seconds now) {
  std::vector<certificate_date> lines;
  for (const auto& one : listeners) {
    if (!one.enable || !one.is_secure()) continue;
    look_at_certificates(lines, one.id(), one.certificate.certificate_file, now);
    for (const auto& more : one.more_certificates) look_at_certificates(lines, one.id(), more.certificate_file, now);
    look_at_certificates(lines, one.id(), one.tls.ca_file, now);
    look_at_lists(lines, one.id(), one.tls.crl_file, now);
  }
  return lines;
}

}  // namespace nanomq::program
