// What this client is subscribed to, and which of it a message is for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nanolib/topic/topic.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "recipient.hpp"
#include "subscribe_request.hpp"

namespace nanonng::sdk {

/// The subscriptions that the server has, or has been asked for. Thread: loop-confined.
class subscription_book {
 public:
  /// A free Subscription Identifier; 0 when there is none left.
  [[nodiscard]] std::uint32_t next_identifier() noexcept;

  /// A SUBSCRIBE is about to be sent: messages may come before its answer. Replaces what was known of the filter, which
  /// is only put aside until the answer comes.
  void install(const wanted_subscription& which, std::uint32_t identifier);
  /// The server has granted it.
  void grant(const wanted_subscription& which);
  /// Whom its messages go to; null when there is no such subscription.
  [[nodiscard]] recipient_ptr recipient_of(const std::string& filter) const;
  /// It has ended.
  void remove(std::string_view filter);
  /// It was refused: what had been granted before it holds again, unless it was only made anew. Nothing if it is not `to`
  /// that these messages go to.
  void refuse(std::string_view filter, const recipient& to, bool is_renewal);

  /// Appends whom a message is for, each once: by the Subscription Identifiers in it where they say something, else by its
  /// topic. Shape: O(identifiers), or one lookup and a comparison with each filter that has wildcards.
  void find(const mqtt::publish_view& packet, std::vector<recipient_ptr>& into) const;

  /// Everything that has been granted, in groups that had one SUBSCRIBE, to be asked for once more.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::vector<wanted_subscription>>> granted() const;
  [[nodiscard]] std::size_t size() const noexcept { return by_filter_.size(); }

 private:
  struct entry {
    wanted_subscription wanted;
    nanolib::topic_filter parsed;  ///< views into `wanted`
    std::uint32_t identifier = 0;
    bool granted = false;
    std::unique_ptr<entry> before;  ///< granted, and replaced by this one, which is not yet
  };
  using entries = std::vector<entry*>;

  void find_by_topic(std::string_view topic, std::vector<recipient_ptr>& into) const;
  void index(entry& which);
  void unindex(entry& which);

  std::unordered_map<std::string, std::unique_ptr<entry>> by_filter_;
  std::unordered_map<std::uint32_t, entries> by_identifier_;
  std::unordered_multimap<std::string_view, entry*> exact_;  ///< filters without wildcards
  entries wildcards_;
  std::uint32_t last_identifier_ = 0;
};

}  // namespace nanonng::sdk
