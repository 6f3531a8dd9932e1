// Rights that somebody else has to be asked about: the packet that needs them waits where it is, and with it all that comes
// behind it; when the answers are there it is looked at again, and finds them.
#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanonng::mqtt::reason_code;

std::optional<permission> client::learn(const principal& as, operation what, std::string_view topic) noexcept {
  const access& rights = at_.rights();
  if (!rights.inquires()) return rights.authorize(as, what, topic);
  try {
    if (!inquiry_) inquiry_ = std::make_unique<inquiry>();
    std::string key(1, static_cast<char>('0' + static_cast<int>(what)));
    key += topic;
    const auto [at, is_first] = inquiry_->all.try_emplace(std::move(key));
    inquiry::question& one = at->second;
    if (is_first) {
      ++inquiry_->open;  // before anybody can answer
      one.said = at_.inquire(
          as, what, topic,
          [this, &one](const permission& said) noexcept {
            one.number = 0;
            on_answer(one, said);
          },
          one.number);
      if (one.said) --inquiry_->open;
    }
    if (!one.said) inquiry_->is_wanted = true;
    return one.said;
  } catch (const std::bad_alloc&) {
    drop_inquiry();
    return permission{reason_code::quota_exceeded};
  }
}

permission client::known(const principal& as, operation what, std::string_view topic) noexcept {
  const std::optional<permission> said = learn(as, what, topic);
  if (said) return *said;
  inquiry_->is_wanted = false;  // the packet is being handled already
  return {reason_code::not_authorized};
}

void client::on_answer(inquiry::question& to, const permission& said) noexcept {
  to.said = said;
  if (--inquiry_->open == 0) at_.ask_again(*this);
}

bool client::has_to_look_again() noexcept {
  if (!inquiry_) return false;
  if (std::exchange(inquiry_->is_wanted, false)) return true;
  if (!enters_later_) drop_inquiry();  // else the same CONNECT comes again
  return false;
}

void client::drop_inquiry() noexcept {
  if (!inquiry_) return;
  for (const auto& [key, one] : inquiry_->all) {
    if (one.number != 0) at_.inquiries().forget(one.number);
  }
  inquiry_.reset();
}

// Nothing has happened yet but that the machine has read the packet, and only the identifier of a QoS 2 message is kept in
// it: the next look has to find a new one.
bool client::knows_right_to(const nanonng::mqtt::publish_view& packet) noexcept {
  if (!at_.rights().inquires() || learn(who(), operation::publish, packet.topic)) return true;
  if (packet.qos == nanolib::quality_of_service::exactly_once) machine_.forget(packet.packet_identifier);
  return false;
}

bool client::knows_rights_to(const nanonng::mqtt::subscribe_view& packet) noexcept {
  if (!at_.rights().inquires()) return true;
  const limits& bounds = at_.shared().options.limits;
  bool all_known = true;
  nanonng::mqtt::subscription_reader reader(packet);
  nanonng::mqtt::subscription_request request;
  while (reader.next(request)) {
    const auto filter = nanolib::parse_topic_filter(request.filter, {bounds.max_topic_size, bounds.max_topic_levels});
    if (filter && !learn(who(), operation::subscribe, filter->filter)) all_known = false;
  }
  return all_known;
}

}  // namespace nanomq::broker
