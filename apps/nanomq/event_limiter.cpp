#include "event_limiter.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::program {
namespace {

using nanolib::log_field;

const log_field* source_of(const nanolib::log_event& what) noexcept {
  for (const std::string_view key : {"address", "client"}) {
    const auto found = std::ranges::find_if(what.fields, [key](const log_field& field) {
      return field.key == key && field.type == log_field::kind::text && !field.text.empty();
    });
    if (found != what.fields.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

void event_limiter::report(window& from, std::vector<suppressed_events>& ended) {
  if (from.told.count > 0) ended.push_back(std::exchange(from.told, {}));
}

void event_limiter::collect(nanolib::instant now, std::vector<suppressed_events>& ended) {
  next_look_ = now + interval_;
  for (auto at = windows_.begin(); at != windows_.end();) {
    if (at->second.ends > now) {
      ++at;
      continue;
    }
    report(at->second, ended);
    at = windows_.erase(at);
  }
}

bool event_limiter::admit(const nanolib::log_event& what, nanolib::instant now, std::vector<suppressed_events>& ended) {
  if (now >= next_look_) collect(now, ended);
  const log_field* const source = most_ == 0 ? nullptr : source_of(what);
  if (source == nullptr) return true;
  constexpr std::size_t longest = 128;
  key_.assign(what.name).append(1, '\0').append(source->text.substr(0, longest));
  auto found = windows_.find(key_);
  if (found == windows_.end() && windows_.size() >= most_sources) {
    key_.assign(what.name);
    found = windows_.find(key_);
  }
  if (found == windows_.end()) found = windows_.emplace(key_, window{now + interval_, 0, {}}).first;
  window& at = found->second;
  if (at.ends <= now) {
    report(at, ended);
    at = {now + interval_, 0, {}};
  }
  if (++at.seen <= most_) return true;
  if (at.told.count++ == 0) {
    const bool is_one = key_.size() > what.name.size();
    at.told.from = what.from;
    at.told.level = what.level;
    at.told.name = what.name;
    at.told.kind = source->key;
    at.told.source = is_one ? std::string(source->text.substr(0, longest)) : "others";
  }
  return false;
}

}  // namespace nanomq::program
