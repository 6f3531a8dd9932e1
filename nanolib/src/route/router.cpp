#include "nanolib/route/router.hpp"

#include <algorithm>

namespace nanolib {

namespace {

constexpr std::size_t sets = 2048;
constexpr std::size_t ways = 2;

/// Collects the subscriptions of one subscriber into one recipient. Spec: [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4].
class merger {
 public:
  void add(const subscription_match& match) {
    who_ = match.who;
    qos_ = std::max(qos_, match.options.qos);
    retain_as_published_ = retain_as_published_ || match.options.retain_as_published;
    if (match.options.identifier != 0) identifiers_.push_back(match.options.identifier);
    any_ = true;
  }
  [[nodiscard]] bool has_any() const noexcept { return any_; }
  [[nodiscard]] recipient finish(audience of) {
    recipient made;
    made.who = who_;
    made.qos = qos_;
    made.of = of;
    made.retain_as_published = retain_as_published_;
    if (!identifiers_.empty()) {
      made.identifiers = identifier_list_ptr::adopt(new identifier_list(std::move(identifiers_)));
    }
    return made;
  }

 private:
  subscriber_id who_ = nobody;
  quality_of_service qos_ = quality_of_service::at_most_once;
  bool retain_as_published_ = false;
  bool any_ = false;
  std::vector<std::uint32_t> identifiers_;
};

}  // namespace

identifier_list_ptr single_identifier(std::uint32_t identifier) noexcept {
  if (identifier == 0) return {};
  try {
    return identifier_list_ptr::adopt(new identifier_list(std::vector<std::uint32_t>{identifier}));
  } catch (...) {
    return {};
  }
}

struct router::entry {
  std::uint64_t hash = 0;
  std::uint64_t version = 0;
  std::string topic;
  nanolib::route where;
  bool recent = false;
};

router::router(const subscription_tree& tree, std::uint32_t shard)
    : tree_(tree), shard_(shard), entries_(sets * ways) {}

router::~router() = default;

const route& router::find(std::string_view topic, std::uint64_t hash) {
  const std::size_t first = (hash & (sets - 1)) * ways;
  const std::uint64_t version = tree_.version(topic);
  std::size_t victim = first;
  for (std::size_t way = first; way < first + ways; ++way) {
    entry* held = entries_[way].get();
    if (held == nullptr) {
      victim = way;
      break;
    }
    if (held->hash == hash && held->topic == topic) {
      held->recent = true;
      if (held->version == version) {
        ++hits_;
        return held->where;
      }
      victim = way;
      break;
    }
    if (!held->recent) victim = way;
  }
  if (!entries_[victim]) entries_[victim] = std::make_unique<entry>();
  for (std::size_t way = first; way < first + ways; ++way) {
    if (entries_[way] && way != victim) entries_[way]->recent = false;
  }
  entry& fresh = *entries_[victim];
  fresh.hash = hash;
  fresh.recent = true;
  // The version is read before the tree: a change in between makes the entry old, never wrongly new.
  fresh.version = version;
  fresh.topic.assign(topic);
  fill(fresh, topic);
  ++misses_;
  return fresh.where;
}

void router::fill(entry& into, std::string_view topic) {
  found_.clear();
  tree_.match(topic, found_);
  into.where.local.clear();
  into.where.remote = {};
  into.where.shared.assign(std::make_move_iterator(found_.shared.begin()),
                           std::make_move_iterator(found_.shared.end()));
  std::vector<subscription_match>& plain = found_.plain;
  std::erase_if(plain, [&](const subscription_match& match) {
    const std::uint32_t shard = shard_of(match.who);
    if (shard == shard_) return false;
    into.where.remote[shard / 64] |= std::uint64_t{1} << shard % 64;
    return true;
  });
  std::ranges::sort(plain, {}, &subscription_match::who);
  into.where.local.reserve(plain.size());
  for (std::size_t begin = 0; begin < plain.size();) {
    std::size_t end = begin + 1;
    while (end < plain.size() && plain[end].who == plain[begin].who) ++end;
    merge(begin, end, into.where);
    begin = end;
  }
}

void router::merge(std::size_t begin, std::size_t end, route& into) const {
  merger everyone;
  merger publisher;
  std::size_t no_local = 0;
  for (std::size_t index = begin; index < end; ++index) {
    const subscription_match& match = found_.plain[index];
    everyone.add(match);
    // [MQTT-3.8.3-3]
    if (match.options.no_local) {
      ++no_local;
    } else {
      publisher.add(match);
    }
  }
  into.local.push_back(everyone.finish(no_local == 0 ? audience::everyone : audience::others_only));
  if (no_local > 0 && publisher.has_any()) into.local.push_back(publisher.finish(audience::publisher_only));
}

}  // namespace nanolib
