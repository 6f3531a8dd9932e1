// A message as a JSON object: mosquitto_sub's %j and %J, and `nanomq sub --json`.
#include <algorithm>
#include <cstdio>

#include "nanolib/base/json_writer.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanomq/tools/message_format.hpp"
#include "nanomq/tools/property_argument.hpp"
#include "nanonng/mqtt/properties.hpp"

namespace nanomq::tools {
namespace {

using nanolib::as_text;
using nanolib::json_writer;
using nanonng::mqtt::property;
using nanonng::mqtt::property_id;
using nanonng::mqtt::property_reader;
using nanonng::mqtt::property_type;

// Spec: RFC 4648 §4.
std::string base64(nanolib::bytes data) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const std::size_t here = std::min<std::size_t>(3, data.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < here ? std::to_integer<unsigned>(data[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= here ? letters[group >> (18 - 6 * k) & 63U] : '=';
  }
  return out;
}

void write_time(json_writer& json, const local_time& when) {
  char text[100];
  const auto date = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &when.parts);
  std::string whole(text, date);
  whole.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, ".%06ld", when.nanoseconds / 1'000)));
  whole.append(text, std::strftime(text, sizeof text, "%z", &when.parts));
  json.text("tst", whole);
}

void write_user_properties(json_writer& json, nanolib::bytes block, bool as_list) {
  json.key("user-properties");
  as_list ? json.begin_array() : json.begin_object();
  property_reader reader(block);
  for (property one; reader.next(one);) {
    if (one.id != property_id::user_property) continue;
    if (as_list) json.begin_object();
    json.text(one.text, one.value);
    if (as_list) json.end_object();
  }
  as_list ? json.end_array() : json.end_object();
}

void write_property(json_writer& json, const property& one, bool exact) {
  const auto& rule = *nanonng::mqtt::find_property_rule(static_cast<std::uint32_t>(one.id));
  const auto name = property_name(rule);
  if (rule.type == property_type::text) {
    json.text(name, one.text);
  } else if (rule.type == property_type::binary) {
    const bool text = !exact || nanolib::is_valid_utf8(one.data);
    text ? json.text(name, as_text(one.data)) : json.text(name + "_base64", base64(one.data));
  } else {
    json.number(name, one.number);
  }
}

// In the order in which they came; the user properties at the place of the first.
void write_properties(json_writer& json, const shown_message& message, bool exact) {
  bool open = false;
  bool users_written = false;
  const auto begin = [&] {
    if (!open) {
      json.key("properties");
      json.begin_object();
    }
    open = true;
  };
  property_reader reader(message.properties);
  for (property one; reader.next(one);) {
    if (one.id == property_id::subscription_identifier) continue;  // the client's own business
    begin();
    if (one.id != property_id::user_property) {
      write_property(json, one, exact);
    } else if (!users_written) {
      write_user_properties(json, message.properties, exact);
      users_written = true;
    }
  }
  if (message.subscription_identifier) {
    begin();
    json.number("subscription-identifier", *message.subscription_identifier);
  }
  if (open) json.end_object();
}

bool write_payload(json_writer& json, const shown_message& message, const json_form& form) {
  const auto text = as_text(message.payload);
  if (message.payload.empty()) {
    json.key("payload");
    form.exact && !form.parsed_payload ? json.text("") : json.null();
  } else if (form.parsed_payload) {
    json.key("payload");
    return nanolib::copy_json(json, text);
  } else if (form.exact && !nanolib::is_valid_utf8(message.payload)) {
    json.text("payload_base64", base64(message.payload));
  } else {
    json.text("payload", text);
  }
  return true;
}

}  // namespace

bool append_json(std::string& out, const shown_message& message, const local_time& when, const json_form& form) {
  const auto before = out.size();
  json_writer json(out, form.indented ? json_writer::layout::indented : json_writer::layout::compact);
  json.begin_object();
  write_time(json, when);
  json.text("topic", message.topic);
  json.number("qos", static_cast<int>(message.qos));
  json.number("retain", message.retain ? 1 : 0);
  json.number("payloadlen", static_cast<std::int64_t>(message.payload.size()));
  if (message.packet_identifier != 0) json.number("mid", message.packet_identifier);
  write_properties(json, message, form.exact);
  if (!write_payload(json, message, form)) {
    out.resize(before);
    return false;
  }
  json.end_object();
  return true;
}

}  // namespace nanomq::tools
