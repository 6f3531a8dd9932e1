// Questions between SP and MQTT 5: rep0 and respondent0 ask MQTT, req0 and surveyor0 are asked by it.
#pragma once

#include <string>
#include <unordered_map>

#include "bridge/mqtt_source.hpp"
#include "bridge/sp_endpoint.hpp"
#include "nanonng/net/sp_answerer.hpp"
#include "nanonng/net/sp_asker.hpp"

namespace nanomq::bridge {

/// rep0, respondent0: an SP question becomes an MQTT request, and its response the answer. Without one in time the asker
/// hears nothing: SP has no word for that, and asks again if it wants.
class answering_endpoint final : public sp_endpoint, nanonng::net::sp_question_handler {
 public:
  answering_endpoint(const sp_mapping& mapping, const sp_endpoint_settings& settings, sp_counters& counters);
  ~answering_endpoint() override;
  [[nodiscard]] nanolib::result<void> open(nanonng::net::sp_socket& socket);

  void begin(nanonng::sdk::client& with) override { client_ = &with; }
  void rest() noexcept override { resting_ = true; }
  [[nodiscard]] sp_remainder remainder() override { return {}; }

 private:
  struct account {
    answering_endpoint* home;
  };
  void on_sp_question(nanonng::net::sp_ticket which, nanonng::net::sp_message&& what) noexcept override;
  [[nodiscard]] bool ask(nanonng::net::sp_ticket which, nanolib::bytes body);
  void on_response(nanonng::net::sp_ticket which, const nanolib::result<nanonng::sdk::message>& what) noexcept;
  void drop(nanonng::net::sp_ticket which) noexcept;
  void count() noexcept { counters_.under_way.set(answerer_->open_questions()); }

  const sp_mapping& mapping_;
  const sp_endpoint_settings settings_;
  sp_counters& counters_;
  std::shared_ptr<account> account_;
  nanonng::sdk::client* client_ = nullptr;
  std::unique_ptr<nanonng::net::sp_answerer> answerer_;
  bool resting_ = false;
  std::string scratch_;
};

/// req0, surveyor0: an MQTT request becomes an SP question, and each answer a response with the request's correlation data.
/// A request is acknowledged when a peer has taken the question, or when none has in time. One without a response topic
/// is asked all the same.
class asking_endpoint final : public sp_endpoint, nanonng::net::sp_answer_handler, mqtt_source::taker {
 public:
  asking_endpoint(nanonng::net::event_loop& loop, const sp_mapping& mapping, const sp_endpoint_settings& settings,
                  sp_counters& counters);
  ~asking_endpoint() override;
  [[nodiscard]] nanolib::result<void> open(nanonng::net::sp_socket& socket);

  void begin(nanonng::sdk::client& with) override;
  void rest() noexcept override { resting_ = true; }
  [[nodiscard]] sp_remainder remainder() override;

 private:
  void on_sp_asked(std::uint64_t which) noexcept override;
  void on_sp_answer(std::uint64_t which, nanonng::net::sp_message&& what) noexcept override;
  void on_sp_end(std::uint64_t which, nanolib::result<void> how) noexcept override;
  void on_turn() noexcept override;
  void ask(const nanonng::sdk::message& request);
  void count() noexcept { counters_.under_way.set(requests_.size()); }

  const sp_mapping& mapping_;
  const sp_endpoint_settings settings_;
  sp_counters& counters_;
  std::shared_ptr<mqtt_source> source_;
  nanonng::sdk::client* client_ = nullptr;
  std::unique_ptr<nanonng::net::sp_asker> asker_;
  std::unordered_map<std::uint64_t, nanonng::sdk::message> requests_;
  bool resting_ = false;
  std::string scratch_;
};

}  // namespace nanomq::bridge
