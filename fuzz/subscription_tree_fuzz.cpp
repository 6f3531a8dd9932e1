// The subscription tree under any sequence of operations, against a map and the reference matcher.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/subscription_tree.hpp"
#include "operation_reader.hpp"

namespace {

using namespace nanolib;

/// The only way to a crash that is not a memory fault: the fuzzer then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

struct checked_tree {
  struct known {
    std::uint32_t identifier;
    subscription_tree::handle place;
  };

  quiescence readers{1};
  subscription_tree tree{readers};
  std::map<std::pair<std::string, subscriber_id>, known> model;

  checked_tree() { readers.online(0); }

  void subscribe(const std::string& text, subscriber_id who, std::uint32_t identifier) {
    const auto filter = parse_topic_filter(text);
    if (!filter) return;
    subscription_options options;
    options.identifier = identifier;
    const auto done = tree.subscribe(*filter, who, options);
    require(done.place != nullptr && done.existed == model.contains({text, who}));
    require(tree.filter_text(done.place) == text && tree.options(done.place, who) == options);
    model[{text, who}] = {identifier, done.place};
  }

  void unsubscribe(const std::string& text, subscriber_id who, bool by_handle) {
    const auto filter = parse_topic_filter(text);
    if (!filter) return;
    const auto at = model.find({text, who});
    const auto place = at == model.end() ? nullptr : at->second.place;
    if (by_handle) {
      require(tree.unsubscribe(place, who) == (place != nullptr));
    } else {
      require(tree.unsubscribe(*filter, who) == place);
    }
    if (at != model.end()) model.erase(at);
  }

  void match(const std::string& topic) const {
    if (check_topic_name(topic) != topic_fault::none) return;
    std::multiset<std::pair<subscriber_id, std::uint32_t>> expected;
    std::set<std::string> expected_groups;
    for (const auto& [key, what] : model) {
      const topic_filter filter = *parse_topic_filter(key.first);
      if (!matches(filter.filter, topic)) continue;
      if (filter.is_shared()) {
        expected_groups.insert(key.first);
      } else {
        expected.emplace(key.second, what.identifier);
      }
    }
    match_result out;
    tree.match(topic, out);
    std::multiset<std::pair<subscriber_id, std::uint32_t>> found;
    for (const subscription_match& one : out.plain) found.emplace(one.who, one.options.identifier);
    require(found == expected && out.shared.size() == expected_groups.size());
    for (const shared_group_ptr& group : out.shared) {
      const std::string text = "$share/" + std::string(group->name()) + "/" + std::string(group->filter());
      require(expected_groups.contains(text));
      const subscriber_id picked = group->pick([](subscriber_id) { return true; }).who;
      require(model.contains({text, picked}));
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nanolib::fuzz::operation_reader operations({data, size});
  checked_tree checked;
  while (!operations.is_done()) {
    const std::uint8_t what = operations.number();
    const auto who = static_cast<subscriber_id>(1 + what / 4 % 8);
    const std::string text = operations.text();
    switch (what % 4) {
      case 0:
        checked.subscribe(text, who, what);
        break;
      case 1:
        checked.unsubscribe(text, who, what >= 128);
        break;
      case 2:
        checked.match(text);
        break;
      default:
        checked.readers.quiet(0);
        break;
    }
    require(checked.tree.size() == checked.model.size());
  }
  return 0;
}
