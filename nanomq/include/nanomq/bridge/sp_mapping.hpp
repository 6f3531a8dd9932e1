// What an SP message is in MQTT, and an MQTT message in SP. Rules only: no socket, no client, no clock.
//
// SP knows no topics, MQTT does. With payload framing an SP message is a payload and nothing else, and everything that comes
// from SP gets one topic. With topic framing the topic stands in front of the payload with a delimiter between them: `a/b`,
// `:`, `21.5` is `a/b:21.5`. Where the delimiter is the slash, which topics have inside, the topic cannot be told from a
// payload by looking: it is then one of the topics that were named beforehand, the longest that fits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanomq/bridge/topic_template.hpp"

namespace nanomq::bridge {

enum class sp_framing : std::uint8_t { payload, topic };

/// What somebody asked for.
struct sp_mapping_options {
  sp_framing framing = sp_framing::payload;
  std::string delimiter = "/";
  /// On the MQTT side: what is subscribed to, and, with topic framing, what may be published. Names may be prefixes of
  /// messages (see above).
  std::vector<std::string> filters{};
  /// SP to MQTT: the topic, a template. Empty: with payload framing the first of `filters`, with topic framing the topic in
  /// the message.
  std::string to{};
  /// MQTT to SP with topic framing: the topic in the message, a template. Empty: the topic as it is.
  std::string sp_topic{};
  /// What MQTT topics begin and end with and SP topics don't, and the other way round: taken off here, put on there, in both
  /// directions. Topic framing only, and in no direction that has a template.
  std::string mqtt_prefix{};
  std::string mqtt_suffix{};
  std::string sp_prefix{};
  std::string sp_suffix{};
  std::size_t maximum_payload = 16U * 1024 * 1024;  ///< of MQTT; and of the whole SP message
};

/// Which way messages go.
struct sp_directions {
  bool to_sp = false;
  bool to_mqtt = false;
};

/// Why a message is not passed on. Each has a counter where messages are passed on.
enum class sp_refusal : std::uint8_t {
  too_large,
  no_delimiter,   ///< topic framing, and no topic in front
  no_topic,       ///< what stands there, or what the rules make of it, is no topic name, or one of $SYS
  not_permitted,  ///< the topic is none of the filters
  no_rule,        ///< the topic has not the prefix, suffix or level that the rules want
  ambiguous,      ///< MQTT to SP: the topic contains the delimiter
};
inline constexpr std::size_t sp_refusal_count = 6;
/// "too_large" and so on; static.
[[nodiscard]] std::string_view name_of(sp_refusal why) noexcept;

/// A delimiter as it is written: \0, \t, \n, \r, \xHH and two backslashes for one are understood. Empty: another backslash.
[[nodiscard]] std::optional<std::string> read_delimiter(std::string_view word);

/// Immutable. Thread: any.
class sp_mapping {
 public:
  /// Errors: what is wrong, in words for a person.
  [[nodiscard]] static std::expected<sp_mapping, std::string> create(sp_mapping_options options,
                                                                     sp_directions directions);

  /// Views into the body that was given, the scratch, or the mapping.
  struct publication {
    std::string_view topic;  ///< checked as a topic name
    nanolib::bytes payload;
  };
  /// SP to MQTT. Shape: no allocation with payload framing and a constant topic.
  [[nodiscard]] std::expected<publication, sp_refusal> to_mqtt(nanolib::bytes body, std::string& scratch) const;
  /// MQTT to SP: what stands in front of the payload. A view into the scratch.
  [[nodiscard]] std::expected<nanolib::bytes, sp_refusal> to_sp(std::string_view topic, std::size_t payload_size,
                                                                std::string& scratch) const;

  /// Whether what comes from SP may be published to a topic of this filter, which has no $share/group/.
  [[nodiscard]] bool may_publish_to(std::string_view filter) const;
  /// The first of the shared filters whose messages may be one's own, which no server keeps back there; or empty.
  [[nodiscard]] std::string_view shared_echo() const;
  /// What a sub0 has to subscribe to so that everything comes that may pass, and as little else as possible.
  [[nodiscard]] std::vector<std::string> sp_prefixes() const;
  [[nodiscard]] const sp_mapping_options& options() const noexcept { return options_; }

 private:
  sp_mapping() = default;
  [[nodiscard]] std::string check(sp_directions directions);
  [[nodiscard]] std::string check_target();
  [[nodiscard]] std::string read_template(std::string_view text, std::optional<topic_template>& into) const;
  [[nodiscard]] bool has_rules() const noexcept;
  [[nodiscard]] std::expected<publication, sp_refusal> split(nanolib::bytes body) const;
  [[nodiscard]] std::expected<publication, sp_refusal> split_by_name(std::string_view text) const;
  [[nodiscard]] bool is_permitted(std::string_view topic) const noexcept;
  [[nodiscard]] std::string sp_beginning(std::string_view filter) const;

  sp_mapping_options options_;
  std::optional<topic_template> to_;
  std::optional<topic_template> sp_topic_;
  std::string constant_;               // the target topic when it does not depend on the message
  std::vector<std::string> sp_names_;  // with the slash: what the topics are called in SP, the longest first
};

}  // namespace nanomq::bridge
