// The retained store under any sequence of operations, against a map and the reference matcher.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "nanolib/base/hash.hpp"
#include "nanolib/cache/retained_store.hpp"
#include "nanolib/topic/topic.hpp"
#include "operation_reader.hpp"

namespace {

using namespace nanolib;

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

struct level_order {
  bool operator()(std::string left, std::string right) const {
    std::replace(left.begin(), left.end(), '/', '\0');
    std::replace(right.begin(), right.end(), '/', '\0');
    return left < right;
  }
};

struct checked_store {
  static constexpr std::uint64_t most_messages = 20;

  retained_store retained{{most_messages, 1'000'000}};
  std::map<std::string, instant, level_order> model;  ///< topics and when they expire
  instant now{};

  void store(const std::string& topic, std::uint8_t lifetime) {
    if (check_topic_name(topic) != topic_fault::none) return;
    publication message;
    message.topic = topic;
    message.topic_hash = hash_text(topic);
    message.payload = as_bytes("x");
    message.expiry = lifetime == 0 ? never : now + duration(lifetime);
    const auto done = retained.store(message);
    if (model.contains(topic)) {
      require(done == retained_store::stored::replaced);
    } else if (model.size() == most_messages) {
      require(done == retained_store::stored::full);
      return;
    } else {
      require(done == retained_store::stored::added);
    }
    model[topic] = message.expiry;
  }

  void remove(const std::string& topic) {
    if (check_topic_name(topic) != topic_fault::none) return;
    publication message;
    message.topic = topic;
    const bool is_known = model.erase(topic) == 1;
    require(retained.store(message) == (is_known ? retained_store::stored::removed : retained_store::stored::absent));
    require(!retained.find(topic));
  }

  void replay(const std::string& filter, std::size_t most) const {
    const auto parsed = parse_topic_filter(filter);
    if (!parsed) return;
    std::vector<std::string> expected;
    for (const auto& [topic, expiry] : model) {
      if (expiry > now && matches(parsed->filter, topic)) expected.push_back(topic);
    }
    std::vector<std::string> found;
    retained_cursor cursor{std::string(parsed->filter), {}, false, false};
    for (std::size_t slices = 0; !cursor.finished; ++slices) {
      require(slices <= 2 * most_messages);
      const auto visit = [&found](const message_ptr& one) { found.emplace_back(one->topic()); };
      require(retained.replay(cursor, now, most, visit) <= most);
    }
    require(found == expected);
  }

  void expire(std::uint8_t passed) {
    now += duration(passed);
    const auto expected = std::erase_if(model, [this](const auto& one) { return one.second <= now; });
    require(retained.remove_expired(now, SIZE_MAX) == expected);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nanolib::fuzz::operation_reader operations({data, size});
  checked_store checked;
  while (!operations.is_done()) {
    const std::uint8_t what = operations.number();
    const std::string text = operations.text();
    switch (what % 4) {
      case 0:
        checked.store(text, what / 4);
        break;
      case 1:
        checked.remove(text);
        break;
      case 2:
        checked.replay(text, 1 + what / 4 % 4);
        break;
      default:
        checked.expire(what / 4);
        break;
    }
    require(checked.retained.messages() == checked.model.size());
  }
  return 0;
}
