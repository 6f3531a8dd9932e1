#include "bridge/sp_rules.hpp"

#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanomq::bridge {
namespace {

// What is wrong, or empty.
std::string read(const std::string& written, std::string& into) {
  auto found = read_delimiter(written);
  if (!found) return "nng_delimiter: \\0, \\t, \\n, \\r, \\xHH and \\\\ are understood, and no other backslash.";
  into = *std::move(found);
  return {};
}

}  // namespace

std::expected<sp_rules, std::string> sp_rules::create(const sp_endpoint_options& options) {
  sp_rules made;
  for (const auto& one : options.forwards) {
    if (auto fault = made.add(one, options); !fault.empty()) return std::unexpected(std::move(fault));
  }
  for (const auto& one : options.subscriptions) {
    if (auto fault = made.add(one, options); !fault.empty()) return std::unexpected(std::move(fault));
  }
  return made;
}

std::string sp_rules::add(const sp_forward& one, const sp_endpoint_options& options) {
  sp_mapping_options how;
  how.framing = one.framing;
  if (auto fault = read(one.delimiter, how.delimiter); !fault.empty()) return fault;
  how.filters = {one.filter};
  if (one.framing == sp_framing::topic) how.sp_topic = one.topic;
  how.maximum_payload = options.max_message_size;
  auto mapping = sp_mapping::create(std::move(how), {.to_sp = true});
  if (!mapping) return mapping.error();
  const auto filter = nanolib::parse_topic_filter(one.filter);
  if (!filter) return "Invalid topic '" + one.filter + "'.";
  forwards_.push_back({one.filter, std::string(filter->filter), one.qos, *std::move(mapping)});
  return {};
}

// NanoMQ's rule: with the slash the topic is the prefix itself, and the rest the payload; with any other delimiter the topic
// ends at it, and the prefix is only what the whole begins with.
std::string sp_rules::add(const sp_subscription& one, const sp_endpoint_options& options) {
  sp_mapping_options how;
  how.framing = one.framing;
  if (auto fault = read(one.delimiter, how.delimiter); !fault.empty()) return fault;
  how.to = one.topic;
  how.maximum_payload = options.max_message_size;
  if (one.framing == sp_framing::topic) {
    const bool by_name = how.delimiter == "/";
    if (by_name && one.prefix.empty()) {
      return "With the delimiter / a subscription needs its remote_topic: a topic cannot be told from a payload.";
    }
    how.filters = {by_name ? one.prefix : "#"};
  }
  auto mapping = sp_mapping::create(std::move(how), {.to_mqtt = true});
  if (!mapping) return mapping.error();
  subscriptions_.push_back({one.prefix, one.qos, one.retain, *std::move(mapping)});
  return {};
}

std::string_view sp_rules::echo() const {
  for (const auto& out : forwards_) {
    if (!out.filter.starts_with("$share/")) continue;
    for (const auto& in : subscriptions_) {
      if (in.mapping.may_publish_to(out.plain)) return out.filter;
    }
  }
  return {};
}

std::vector<std::string> sp_rules::sp_prefixes() const {
  std::vector<std::string> all;
  for (const auto& one : subscriptions_) all.push_back(one.prefix);
  return all;
}

}  // namespace nanomq::bridge
