// A tree, one reader that is online, and shorthands that take text.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/subscription_tree.hpp"

namespace nanolib {

/// Checked by the caller: the text is a filter.
inline topic_filter filter_of(std::string_view text) { return parse_topic_filter(text, {65'535, 65'536}).value(); }

inline subscription_options options_with_identifier(std::uint32_t identifier) {
  subscription_options options;
  options.identifier = identifier;
  return options;
}

struct tree_fixture {
  quiescence readers{1};
  subscription_tree tree{readers};

  tree_fixture() { readers.online(0); }

  subscription_tree::subscribed subscribe(std::string_view filter, subscriber_id who,
                                          const subscription_options& options = {}) {
    return tree.subscribe(filter_of(filter), who, options);
  }
  bool unsubscribe(std::string_view filter, subscriber_id who) {
    return tree.unsubscribe(filter_of(filter), who) != nullptr;
  }
  match_result match(std::string_view topic) const {
    match_result out;
    tree.match(topic, out);
    return out;
  }
  /// The subscribers that match without being shared, sorted.
  std::vector<subscriber_id> who_gets(std::string_view topic) const {
    std::vector<subscriber_id> who;
    for (const subscription_match& found : match(topic).plain) who.push_back(found.who);
    std::sort(who.begin(), who.end());
    return who;
  }
  std::vector<std::string> groups_of(std::string_view topic) const {
    std::vector<std::string> names;
    for (const shared_group_ptr& group : match(topic).shared) {
      names.push_back(std::string(group->name()) + ":" + std::string(group->filter()));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace nanolib
