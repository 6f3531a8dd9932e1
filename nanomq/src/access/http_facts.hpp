// What a client is, in the words of an HTTP server's place-holders.
#pragma once

#include <array>
#include <charconv>

#include "http_question.hpp"
#include "nanomq/broker/access.hpp"

namespace nanomq::access {

/// Shape: value. "" for 0.
class port_text {
 public:
  explicit port_text(std::uint16_t port) noexcept
      : size_(port == 0
                  ? 0
                  : static_cast<std::size_t>(std::to_chars(digits_.data(), digits_.data() + digits_.size(), port).ptr -
                                             digits_.data())) {}
  [[nodiscard]] std::string_view text() const noexcept { return {digits_.data(), size_}; }

 private:
  std::array<char, 5> digits_;
  std::size_t size_;
};

/// All but password, access and topic. Views of what is given.
[[nodiscard]] inline http_facts facts_of(const broker::principal& who, const port_text& port) noexcept {
  http_facts made;
  made.user_name = who.user_name;
  made.client_id = who.client_id;
  made.address = who.address;
  made.port = port.text();
  made.common_name = who.common_name();
  if (who.identity != nullptr) made.subject = who.identity->subject;
  return made;
}

}  // namespace nanomq::access
