#include "nanomq/bridge/sp_mapping.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanomq::bridge {
namespace {

constexpr std::size_t longest_delimiter = 16;

bool is_name(std::string_view topic) noexcept {
  return nanolib::check_topic_name(topic) == nanolib::topic_fault::none && !topic.starts_with("$SYS");
}

bool has_wildcard(std::string_view filter) noexcept { return filter.find_first_of("+#") != std::string_view::npos; }

// Without $share/group/, which is the subscriber's affair.
std::string_view plain(std::string_view filter) noexcept {
  const auto parsed = nanolib::parse_topic_filter(filter);
  return parsed ? parsed->filter : filter;
}

// Takes `prefix` and `suffix` off. False when they are not there.
bool strip(std::string_view& topic, std::string_view prefix, std::string_view suffix) noexcept {
  if (topic.size() < prefix.size() + suffix.size()) return false;
  if (!topic.starts_with(prefix) || !topic.ends_with(suffix)) return false;
  topic.remove_prefix(prefix.size());
  topic.remove_suffix(suffix.size());
  return true;
}

void join_into(std::string& out, std::string_view prefix, std::string_view middle, std::string_view suffix) {
  out.assign(prefix).append(middle).append(suffix);
}

}  // namespace

std::optional<std::string> read_delimiter(std::string_view word) {
  constexpr std::string_view names = "0tnr\\";
  constexpr std::string_view values("\0\t\n\r\\", 5);
  std::string out;
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (word[at] != '\\') {
      out += word[at];
      continue;
    }
    const char what = ++at < word.size() ? word[at] : '\0';
    unsigned digits = 0;
    if (const auto found = names.find(what); found != std::string_view::npos) {
      out += values[found];
    } else if (what == 'x' && at + 2 < word.size() &&
               std::from_chars(word.data() + at + 1, word.data() + at + 3, digits, 16).ptr == word.data() + at + 3) {
      out += static_cast<char>(digits);
      at += 2;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::string_view name_of(sp_refusal why) noexcept {
  constexpr std::array<std::string_view, sp_refusal_count> names{"too_large",     "no_delimiter", "no_topic",
                                                                 "not_permitted", "no_rule",      "ambiguous"};
  return names[std::to_underlying(why)];
}

std::expected<sp_mapping, std::string> sp_mapping::create(sp_mapping_options options, sp_directions directions) {
  sp_mapping made;
  made.options_ = std::move(options);
  if (auto fault = made.check(directions); !fault.empty()) return std::unexpected(std::move(fault));
  return made;
}

bool sp_mapping::has_rules() const noexcept {
  return !(options_.mqtt_prefix.empty() && options_.mqtt_suffix.empty() && options_.sp_prefix.empty() &&
           options_.sp_suffix.empty());
}

std::string sp_mapping::read_template(std::string_view text, std::optional<topic_template>& into) const {
  if (text.empty()) return {};
  auto made = topic_template::parse(text);
  if (!made) return "The topic template '" + std::string(text) + "' has " + made.error() + ".";
  if (has_rules()) return "A topic template and prefixes or suffixes do not go together.";
  into = *std::move(made);
  return {};
}

std::string sp_mapping::check(sp_directions directions) {
  if (options_.framing == sp_framing::payload && (has_rules() || !options_.sp_topic.empty())) {
    return "Prefixes, suffixes and topics in SP messages need topic framing (--frame topic).";
  }
  if (options_.delimiter.empty() || options_.delimiter.size() > longest_delimiter) {
    return "The delimiter has 1 to 16 bytes.";
  }
  for (const auto& filter : options_.filters) {
    if (!nanolib::parse_topic_filter(filter)) return "Invalid topic '" + filter + "'.";
  }
  if (auto fault = read_template(options_.to, to_); !fault.empty()) return fault;
  if (auto fault = read_template(options_.sp_topic, sp_topic_); !fault.empty()) return fault;
  if (directions.to_sp && options_.filters.empty()) return "A topic to subscribe to is missing.";
  return directions.to_mqtt ? check_target() : std::string();
}

std::string sp_mapping::check_target() {
  if (options_.framing == sp_framing::payload) {
    if (to_ && !to_->is_constant()) return "With payload framing there is no topic that a template could use.";
    if (to_) {
      (void)to_->expand_into(constant_, {});
    } else if (!options_.filters.empty()) {
      constant_ = options_.filters.front();
    }
    if (constant_.empty()) return "A topic to publish to is missing.";
    if (!is_name(constant_)) return "'" + constant_ + "' is no topic to publish to.";
    return {};
  }
  if (options_.filters.empty()) return "A topic is missing: with topic framing it says what may be published.";
  if (options_.delimiter != "/") return {};
  for (const auto& filter : options_.filters) {
    if (has_wildcard(filter)) {
      return "With the delimiter / a topic has to be named in full: '" + filter +
             "' has wildcards. Choose another delimiter, or topics without them.";
    }
    if (to_) {
      sp_names_.emplace_back(plain(filter));
      continue;
    }
    auto name = plain(filter);
    if (!strip(name, options_.mqtt_prefix, options_.mqtt_suffix)) {
      return "'" + filter + "' has not the prefix and suffix that topics of the MQTT side are to have.";
    }
    join_into(sp_names_.emplace_back(), options_.sp_prefix, name, options_.sp_suffix);
  }
  std::ranges::sort(sp_names_, std::greater<>(), &std::string::size);
  return {};
}

bool sp_mapping::is_permitted(std::string_view topic) const noexcept {
  return std::ranges::any_of(options_.filters,
                             [topic](const auto& filter) { return nanolib::matches(plain(filter), topic); });
}

bool sp_mapping::may_publish_to(std::string_view filter) const {
  if (options_.framing == sp_framing::payload) return nanolib::matches(filter, constant_);
  if (!to_ || !to_->is_constant()) return true;
  std::string topic;
  return to_->expand_into(topic, {}) && nanolib::matches(filter, topic);
}

std::string_view sp_mapping::shared_echo() const {
  const auto found = std::ranges::find_if(options_.filters, [this](const auto& filter) {
    return filter.starts_with("$share/") && may_publish_to(plain(filter));
  });
  return found == options_.filters.end() ? std::string_view() : *found;
}

std::expected<sp_mapping::publication, sp_refusal> sp_mapping::split_by_name(std::string_view text) const {
  for (const auto& name : sp_names_) {
    if (!text.starts_with(name)) continue;
    auto rest = text.substr(name.size());
    // A name that ends with a slash has its delimiter already.
    if (!name.ends_with('/')) {
      if (!rest.starts_with('/')) continue;
      rest.remove_prefix(1);
    }
    return publication{name, nanolib::as_bytes(rest)};
  }
  return std::unexpected(sp_refusal::no_delimiter);
}

std::expected<sp_mapping::publication, sp_refusal> sp_mapping::split(nanolib::bytes body) const {
  const auto text = nanolib::as_text(body);
  if (options_.delimiter == "/") return split_by_name(text);
  const auto end = text.find(options_.delimiter);
  if (end == std::string_view::npos) return std::unexpected(sp_refusal::no_delimiter);
  return publication{text.substr(0, end), body.subspan(end + options_.delimiter.size())};
}

std::expected<sp_mapping::publication, sp_refusal> sp_mapping::to_mqtt(nanolib::bytes body,
                                                                       std::string& scratch) const {
  if (body.size() > options_.maximum_payload) return std::unexpected(sp_refusal::too_large);
  if (options_.framing == sp_framing::payload) return publication{constant_, body};
  auto found = split(body);
  if (!found) return found;
  auto topic = found->topic;
  if (to_) {
    scratch.clear();
    if (!is_name(topic)) return std::unexpected(sp_refusal::no_topic);
    if (!to_->expand_into(scratch, topic)) return std::unexpected(sp_refusal::no_rule);
    if (!is_name(scratch)) return std::unexpected(sp_refusal::no_topic);
    return publication{scratch, found->payload};
  }
  if (has_rules()) {
    if (!strip(topic, options_.sp_prefix, options_.sp_suffix)) return std::unexpected(sp_refusal::no_rule);
    join_into(scratch, options_.mqtt_prefix, topic, options_.mqtt_suffix);
    topic = scratch;
  }
  if (!is_name(topic)) return std::unexpected(sp_refusal::no_topic);
  if (!is_permitted(topic)) return std::unexpected(sp_refusal::not_permitted);
  return publication{topic, found->payload};
}

std::expected<nanolib::bytes, sp_refusal> sp_mapping::to_sp(std::string_view topic, std::size_t payload_size,
                                                            std::string& scratch) const {
  scratch.clear();
  if (options_.framing == sp_framing::topic) {
    if (sp_topic_) {
      if (!sp_topic_->expand_into(scratch, topic)) return std::unexpected(sp_refusal::no_rule);
    } else {
      if (!strip(topic, options_.mqtt_prefix, options_.mqtt_suffix)) return std::unexpected(sp_refusal::no_rule);
      join_into(scratch, options_.sp_prefix, topic, options_.sp_suffix);
    }
    if (options_.delimiter != "/" && scratch.find(options_.delimiter) != std::string::npos) {
      return std::unexpected(sp_refusal::ambiguous);
    }
    scratch += options_.delimiter;
  }
  if (payload_size + scratch.size() > options_.maximum_payload) return std::unexpected(sp_refusal::too_large);
  return nanolib::as_bytes(scratch);
}

// What every SP topic that the filter stands for begins with.
std::string sp_mapping::sp_beginning(std::string_view filter) const {
  auto literal = filter.substr(0, filter.find_first_of("+#"));
  // "a/#" is "a", too.
  if (literal.size() < filter.size() && filter[literal.size()] == '#' && literal.ends_with('/')) {
    literal.remove_suffix(1);
  }
  if (literal.size() == filter.size() && !options_.mqtt_suffix.empty() && literal.ends_with(options_.mqtt_suffix)) {
    literal.remove_suffix(options_.mqtt_suffix.size());
  }
  if (!literal.starts_with(options_.mqtt_prefix)) return options_.sp_prefix;
  return options_.sp_prefix + std::string(literal.substr(options_.mqtt_prefix.size()));
}

std::vector<std::string> sp_mapping::sp_prefixes() const {
  if (options_.framing == sp_framing::payload) return {""};
  if (options_.delimiter == "/") return sp_names_;
  if (to_) return {""};
  std::vector<std::string> all;
  for (const auto& filter : options_.filters) all.push_back(sp_beginning(plain(filter)));
  return all;
}

}  // namespace nanomq::bridge
