#include "nanonng/net/sp_message.hpp"

#include <cstring>

namespace nanonng::net {

sp_message sp_message::create(nanolib::bytes head, nanolib::bytes rest) noexcept {
  nng_msg* made = nullptr;
  if (nng_msg_alloc(&made, head.size() + rest.size()) != 0) return {};
  auto* const body = static_cast<std::byte*>(nng_msg_body(made));
  if (!head.empty()) std::memcpy(body, head.data(), head.size());
  if (!rest.empty()) std::memcpy(body + head.size(), rest.data(), rest.size());
  return sp_message(made);
}

}  // namespace nanonng::net
