// Endpoints that ask SP: req0 and surveyor0. An MQTT message with a response topic is a question; what is answered is
// published there, with the question's correlation data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "bridge/local_endpoint_base.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/net/sp_asker.hpp"

namespace nanomq::bridge {

class local_asking_endpoint final : public local_endpoint_base, private nanonng::net::sp_answer_handler {
 public:
  using local_endpoint_base::local_endpoint_base;

  [[nodiscard]] bool has_room() const noexcept override { return asker_->has_room(); }
  void send(const broker::local_message& what) noexcept override;
  [[nodiscard]] std::vector<figure> figures() const override;

 private:
  nanolib::result<void> open_channel() override;
  std::size_t under_way() const noexcept override { return asker_->under_way(); }
  void on_sp_asked(std::uint64_t which) noexcept override;
  void on_sp_answer(std::uint64_t which, nanonng::net::sp_message&& what) noexcept override;
  void on_sp_end(std::uint64_t which, nanolib::result<void> how) noexcept override;

  struct question {
    std::string response_topic;
    nanonng::mqtt::buffer properties;  ///< of the answers: the correlation data
    nanolib::quality_of_service qos;
    std::uint16_t token;  ///< 0: a peer has it
  };
  std::unique_ptr<nanonng::net::sp_asker> asker_;
  std::unordered_map<std::uint64_t, question> questions_;
  nanolib::counter answers_, unanswered_, no_response_topic_;
};

}  // namespace nanomq::bridge
