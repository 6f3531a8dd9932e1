#include "nanomq/tools/doctor.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "examination.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, " ");
  }
  return digits;
}

std::string in_bytes(std::uint64_t count) { return grouped(count) + (count == 1 ? " byte" : " bytes"); }

bool doctor_report::has_broken() const noexcept {
  return std::ranges::find(findings, finding::kind::broken, &finding::state) != findings.end();
}

examination::examination(const doctor_request& request, doctor_report& report, const still_wanted& goes_on)
    : request_(request), report_(report), goes_on_(goes_on) {
  std::random_device random;
  tag_ = text("%08x", static_cast<unsigned>(random()));
  room_.timeout = request.timeout;
  room_.layers = request.layers;
}

void examination::note(std::string name, finding::kind state, std::string value, std::string remark) {
  // What the rights of this client forbid tells nothing about the broker.
  const bool may_not = asking_ != nullptr && asking_->was_denied();
  if (may_not && (state == finding::kind::broken || state == finding::kind::no)) state = finding::kind::denied;
  report_.findings.push_back({group_, std::move(name), state, std::move(value), std::move(remark)});
}

probe_identity examination::identity(std::string_view role, bool named) const {
  probe_identity who;
  who.version = version_;
  // Twenty-three characters are what every broker has to take.
  who.client_id = "doctor" + tag_ + std::string{role}.substr(0, 9);
  if (named && request_.has_user_name) who.user_name = request_.user_name;
  if (named && request_.has_password) who.password = request_.password;
  return who;
}

std::unique_ptr<probe> examination::connected(std::string_view role) {
  auto made = std::make_unique<probe>(room_, identity(role));
  if (const auto opened = made->open(); !opened) {
    note("connection for " + std::string{role}, finding::kind::unknown, {}, describe(opened.error()));
    return nullptr;
  }
  return made;
}

std::uint64_t examination::find_largest(std::uint64_t least, std::uint64_t most, std::uint64_t precision,
                                        const std::function<bool(std::uint64_t)>& works) const {
  if (least >= most || works(most)) return most;
  while (most - least > precision && wanted()) {
    const std::uint64_t middle = least + (most - least) / 2;
    (works(middle) ? least : most) = middle;
  }
  return least;
}

void examination::run() {
  auto loop = nanonng::net::event_loop::create({});
  if (!loop) return note("event loop", finding::kind::broken, {}, std::string{nanolib::describe(loop.error())});
  room_.loop = std::move(*loop);
  if (!examine_reach() || !examine_tls() || !examine_versions()) return;
  report_.connected = true;
  const std::initializer_list<void (examination::*)()> steps{
      &examination::examine_anonymous, &examination::examine_client_ids, &examination::examine_welcome,
      &examination::examine_messages,  &examination::examine_session,    &examination::examine_will,
      &examination::examine_limits};
  for (const auto step : steps) {
    if (wanted()) (this->*step)();
  }
}

doctor_report examine(const doctor_request& request, const still_wanted& goes_on) {
  doctor_report report;
  report.url = request.url;
  examination(request, report, goes_on).run();
  return report;
}

}  // namespace nanomq::tools
