#include "retained_workload.hpp"

#include <algorithm>
#include <array>

#include "nanomq/tools/process_figures.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::bench {

using tools::processor_time;
using tools::resident_bytes;
using tools::text;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t groups = 317;
constexpr std::uint32_t window = 64;
constexpr auto settling_time = 300ms;

std::string topic_of(std::size_t number) {
  return "retained/" + std::to_string(number % groups) + '/' + std::to_string(number);
}

class retained_run final : public population {
 public:
  retained_run(const target& broker, std::size_t count) : population(broker), come_(count) {}
  measurement measure();

 private:
  bool store(client& publisher);
  bool fetch();
  void account_for_everything();
  void on_message(client& which, const publish_view& message, moment arrived) noexcept override;
  void on_completed(client&, nanonng::mqtt::request_token, nanonng::mqtt::reason_code, moment) noexcept override {
    ++stored_;
  }

  std::vector<std::uint8_t> come_;  // by number, how often
  std::size_t sent_ = 0;
  std::size_t stored_ = 0;
  std::size_t received_ = 0;
};

measurement retained_run::measure() {
  const int process = broker().process;
  std::vector<client*> clients;
  if (!open(clients, 1, "publisher")) return {.figures = {}, .fault = fault(), .note = {}};
  const auto resident = resident_bytes(process);
  const auto begin = processor_time(process);
  if (!store(*clients[0])) return {.figures = {}, .fault = fault(), .note = {}};
  const std::chrono::duration<double, std::micro> storing = processor_time(process) - begin;
  idle(settling_time);
  const auto grown = static_cast<double>(resident_bytes(process)) - static_cast<double>(resident);

  if (!open(clients, 1, "subscriber")) return {.figures = {}, .fault = fault(), .note = {}};
  const auto before = processor_time(process);
  subscribe(*clients[1], std::array{std::string{"retained/#"}});
  fetch();
  const std::chrono::duration<double, std::micro> fetching = processor_time(process) - before;
  idle(settling_time);
  account_for_everything();

  const auto count = static_cast<double>(come_.size());
  measurement out{.figures = {}, .fault = fault(), .note = {}};
  out.figures = {{"memory each", "bytes", grown / count},
                 {"CPU to store", "us", storing.count() / count},
                 {"CPU to deliver", "us", fetching.count() / count}};
  return out;
}

bool retained_run::store(client& publisher) {
  const auto send_more = [&] {
    while (sent_ < come_.size() && publisher.unanswered() < window) {
      publish(publisher, topic_of(sent_), quality_of_service::at_least_once, true, static_cast<std::uint32_t>(sent_));
      ++sent_;
    }
  };
  return wait_until(
      [&] {
        send_more();
        return stored_ == come_.size();
      },
      [&] { return stored_; }, "storing");
}

bool retained_run::fetch() {
  return wait_until([&] { return received_ >= come_.size(); }, [&] { return received_; }, "fetching what is retained");
}

void retained_run::on_message(client&, const publish_view& message, moment) noexcept {
  const std::uint32_t number = number_of(message, come_.size());
  if (!message.retain) return fail("a retained message came without its flag");
  if (message.topic != topic_of(number)) return fail("a retained message came under another topic");
  ++come_[number];
  ++received_;
}

void retained_run::account_for_everything() {
  const auto wrong = std::ranges::count_if(come_, [](std::uint8_t times) { return times != 1; });
  if (wrong != 0) add_fault(text("%td of %zu retained messages did not come exactly once", wrong, come_.size()));
}

}  // namespace

measurement run_retained(const target& broker, std::size_t count) { return retained_run{broker, count}.measure(); }

}  // namespace nanomq::bench
