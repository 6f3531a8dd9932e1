// Endpoints that SP asks: rep0 and respondent0. A question is published with a response topic of the endpoint's own and its
// number as correlation data; the first message that comes back with that number is the answer.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "bridge/local_endpoint_base.hpp"
#include "nanonng/net/sp_answerer.hpp"

namespace nanomq::bridge {

class local_answering_endpoint final : public local_endpoint_base, private nanonng::net::sp_question_handler {
 public:
  using local_endpoint_base::local_endpoint_base;

  /// Where answers are to go.
  [[nodiscard]] static std::string response_topic(const std::string& client_id);

  [[nodiscard]] bool has_room() const noexcept override { return true; }
  void send(const broker::local_message& what) noexcept override;
  [[nodiscard]] std::vector<figure> figures() const override;

 private:
  nanolib::result<void> open_channel() override;
  std::size_t under_way() const noexcept override { return 0; }
  void on_sp_question(nanonng::net::sp_ticket which, nanonng::net::sp_message&& what) noexcept override;
  void on_timer(nanolib::instant now) noexcept;

  struct asked {
    nanonng::net::sp_ticket ticket;
    nanolib::instant ends;
  };
  std::unique_ptr<nanonng::net::sp_answerer> answerer_;
  std::deque<asked> asked_;  // in the order of their ends; answered ones, too
  nanonng::net::timer_of<local_answering_endpoint, &local_answering_endpoint::on_timer> timer_{*this};
  nanolib::counter questions_, unanswered_, nobody_asked_, strays_;
};

}  // namespace nanomq::bridge
