// Filters come in three classes, each with a subscriber of its own, so that no subscriber matches one topic twice:
//
//   exact   site/<a>/line/<b>/value       plus   site/<a>/+/alarm<b>       hash   site/<a>/unit<b>/#
//
// Number n of a class has a = n mod 1 000 and b = n / 1 000: whether a topic has a recipient is arithmetic.
#include <algorithm>
#include <array>
#include <random>

#include "nanomq/tools/process_figures.hpp"
#include "nanomq/tools/text.hpp"
#include "subscription_workload.hpp"

namespace nanomq::bench {

using tools::processor_time;
using tools::resident_bytes;
using tools::text;
namespace {

using namespace std::chrono_literals;

constexpr std::size_t sites = 1000;
constexpr std::size_t filters_per_packet = 10;
constexpr std::uint64_t most_unanswered = 2000;
constexpr std::uint64_t most_undelivered = 256;
constexpr std::uint64_t most_probes_ahead = 1024;
constexpr auto settling_time = 300ms;

enum filter_class : std::size_t { exact, plus, hash, class_count };

std::string name_of(filter_class which, std::size_t number, bool filter) {
  const std::string site = "site/" + std::to_string(number % sites);
  const std::string part = std::to_string(number / sites);
  if (which == exact) return site + "/line/" + part + "/value";
  if (which == plus) return site + (filter ? "/+/alarm" : "/pump/alarm") + part;
  return site + "/unit" + part + (filter ? "/#" : "/motor/speed");
}

class subscription_run final : public population {
 public:
  subscription_run(const target& broker, std::size_t filters, std::size_t lookups)
      : population(broker), probes_(lookups) {
    held_[exact] = filters - 2 * (filters / 5);
    held_[plus] = held_[hash] = filters / 5;
  }
  measurement measure();

 private:
  struct probe {
    std::uint8_t due = 0;
    std::uint8_t come = 0;
  };

  bool subscribe_to_all();
  bool look_up_all();
  void send_probe(client& publisher);
  std::string choose_topic(probe& expected);
  [[nodiscard]] std::uint8_t exists(filter_class which, std::size_t number) const noexcept {
    return number < held_[which];
  }
  void account_for_everything();
  void on_message(client& which, const publish_view& message, moment arrived) noexcept override;

  std::vector<client*> clients_;  // a subscriber for each class, then the publisher
  std::array<std::size_t, class_count> held_{};
  std::vector<probe> probes_;
  std::size_t sent_ = 0;
  std::uint64_t due_ = 0;
  std::uint64_t come_ = 0;
  std::mt19937 random_{20240229};  // NOLINT(cert-msc51-cpp): the same topics in every round are the point
};

measurement subscription_run::measure() {
  const int process = broker().process;
  if (!open(clients_, class_count + 1, "client")) return {.figures = {}, .fault = fault(), .note = {}};
  const auto resident = resident_bytes(process);
  const auto begin = processor_time(process);
  if (!subscribe_to_all()) return {.figures = {}, .fault = fault(), .note = {}};
  const std::chrono::duration<double, std::micro> subscribing = processor_time(process) - begin;
  idle(settling_time);
  const auto grown = static_cast<double>(resident_bytes(process)) - static_cast<double>(resident);
  const auto before = processor_time(process);
  look_up_all();
  const std::chrono::duration<double, std::micro> looking_up = processor_time(process) - before;
  idle(settling_time);
  account_for_everything();

  const auto filters = static_cast<double>(held_[exact] + held_[plus] + held_[hash]);
  measurement out{.figures = {}, .fault = fault(), .note = {}};
  out.figures = {{"memory each", "bytes", grown / filters},
                 {"CPU to subscribe", "us", subscribing.count() / filters},
                 {"CPU per lookup", "us", looking_up.count() / static_cast<double>(probes_.size())}};
  out.note = text("%zu lookups, %llu deliveries", probes_.size(), static_cast<unsigned long long>(come_));
  return out;
}

bool subscription_run::subscribe_to_all() {
  std::uint64_t asked = 0;
  std::array<std::size_t, class_count> next{};
  const auto total = held_[exact] + held_[plus] + held_[hash];
  // The classes take turns in proportion, so that the tree grows as it would from mixed clients.
  const auto ask_more = [&] {
    constexpr std::array<filter_class, 5> turns{exact, exact, exact, plus, hash};
    for (std::size_t turn = 0; asked < total && asked - granted() < most_unanswered; ++turn) {
      const filter_class which = turns[turn % turns.size()];
      std::vector<std::string> filters;
      while (filters.size() < filters_per_packet && next[which] < held_[which]) {
        filters.push_back(name_of(which, next[which]++, true));
      }
      asked += filters.size();
      if (!filters.empty()) subscribe(*clients_[which], filters);
    }
  };
  return wait_until(
      [&] {
        ask_more();
        return granted() >= total;
      },
      [&] { return granted(); }, "subscribing");
}

bool subscription_run::look_up_all() {
  client& publisher = *clients_[class_count];
  const auto send_more = [&] {
    constexpr std::size_t most_unsent = 32 * 1024;
    for (std::uint64_t ahead = 0; ahead < most_probes_ahead && sent_ < probes_.size(); ++ahead) {
      if (due_ - come_ >= most_undelivered || publisher.unsent() >= most_unsent) break;
      send_probe(publisher);
    }
  };
  const auto done = [&] {
    send_more();
    return sent_ == probes_.size() && come_ >= due_;
  };
  return wait_until(done, [&] { return sent_ + come_; }, "looking up topics");
}

void subscription_run::send_probe(client& publisher) {
  probe& expected = probes_[sent_];
  const std::string topic = choose_topic(expected);
  due_ += expected.due;
  publish(publisher, topic, quality_of_service::at_most_once, false, static_cast<std::uint32_t>(sent_++));
}

std::string subscription_run::choose_topic(probe& expected) {
  const auto any = [&](filter_class which) {
    // A little beyond what is held: near misses belong to the exercise.
    return std::uniform_int_distribution<std::size_t>{0, held_[which] + held_[which] / 4}(random_);
  };
  switch (std::uniform_int_distribution<int>{0, 4}(random_)) {
    case 0: {
      const auto number = any(exact);
      expected.due = exists(exact, number);
      return name_of(exact, number, false);
    }
    case 1: {
      const auto number = any(plus);
      expected.due = exists(plus, number);
      return name_of(plus, number, false);
    }
    case 2: {
      const auto number = any(hash);
      expected.due = exists(hash, number);
      return name_of(hash, number, false);
    }
    case 3: {
      // One topic for two classes: a unit's own subtree, and the alarm of the same site.
      const auto unit = any(hash);
      const auto alarm = any(plus) / sites * sites + unit % sites;
      expected.due = static_cast<std::uint8_t>(exists(hash, unit) + exists(plus, alarm));
      return "site/" + std::to_string(unit % sites) + "/unit" + std::to_string(unit / sites) + "/alarm" +
             std::to_string(alarm / sites);
    }
    default:
      return "site/" + std::to_string(any(exact) % sites) + "/nobody/" + std::to_string(sent_);
  }
}

void subscription_run::on_message(client&, const publish_view& message, moment) noexcept {
  ++probes_[number_of(message, sent_)].come;
  ++come_;
}

void subscription_run::account_for_everything() {
  const auto wrong = std::ranges::count_if(probes_, [](const probe& each) { return each.come != each.due; });
  if (wrong != 0) add_fault(text("%td of %zu lookups found other recipients than they should", wrong, probes_.size()));
}

}  // namespace

measurement run_subscriptions(const target& broker, std::size_t filters, std::size_t lookups) {
  return subscription_run{broker, filters, lookups}.measure();
}

}  // namespace nanomq::bench
