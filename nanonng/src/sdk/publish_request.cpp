// Outgoing messages.
#include "publish_request.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "engine.hpp"

namespace nanonng::sdk {

publish_request::publish_request(engine& home, const contents& carried) noexcept
    : outgoing_entry(kind::publish),
      home_(home),
      expiry_(carried.expiry),
      payload_size_(static_cast<std::uint32_t>(carried.payload.size())),
      properties_size_(static_cast<std::uint32_t>(carried.properties.size())),
      topic_size_(static_cast<std::uint16_t>(carried.topic.size())),
      qos_(carried.qos),
      retain_(carried.retain) {
  uses_window = qos_ != mqtt::quality_of_service::at_most_once;
}

nanolib::intrusive_ptr<publish_request> publish_request::create(engine& home, const contents& carried) noexcept {
  const std::size_t extra = carried.topic.size() + carried.properties.size() + carried.payload.size();
  void* const room = ::operator new(sizeof(publish_request) + extra, std::nothrow);
  if (room == nullptr) return nullptr;
  auto made = nanolib::intrusive_ptr<publish_request>::adopt(::new (room) publish_request(home, carried));
  auto* out = reinterpret_cast<std::byte*>(made.get() + 1);
  for (const nanolib::bytes part : {nanolib::as_bytes(carried.topic), carried.properties, carried.payload}) {
    if (!part.empty()) std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  return made;
}

void publish_request::destroy() noexcept {
  this->~publish_request();
  ::operator delete(this);
}

mqtt::outgoing_publish publish_request::packet(nanolib::instant now) const noexcept {
  mqtt::outgoing_publish made;
  made.topic = nanolib::as_text({tail(), topic_size_});
  made.properties = {tail() + topic_size_, properties_size_};
  made.payload = {tail() + topic_size_ + properties_size_, payload_size_};
  made.qos = qos_;
  made.retain = retain_;
  if (expiry_ != nanolib::never) {
    // Not rounded up: the loop's `now` may be a little before the call of publish(), and the interval must not grow by that.
    const auto left = std::chrono::round<std::chrono::seconds>(std::max(expiry_ - now, nanolib::duration(0))).count();
    made.has_message_expiry = true;
    made.message_expiry_interval_s =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, std::numeric_limits<std::uint32_t>::max()));
  }
  return made;
}

void publish_request::abandon(nanolib::error why) noexcept {
  home_.withdraw(*this);
  finish(std::unexpected(why));
}

}  // namespace nanonng::sdk
