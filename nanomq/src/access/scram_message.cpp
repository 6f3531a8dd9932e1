#include "scram_message.hpp"

#include <algorithm>

#include "base64.hpp"

namespace nanomq::access {
namespace {

bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }

// The text up to the next comma, which it takes too. None at the end.
std::optional<std::string_view> take_field(std::string_view& rest) {
  if (rest.data() == nullptr) return std::nullopt;
  const auto end = rest.find(',');
  const auto out = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return out;
}

// `r=…`: the value, or none when it is another attribute.
std::optional<std::string_view> take_attribute(std::string_view& rest, char name) {
  const auto field = take_field(rest);
  if (!field || field->size() < 2 || (*field)[0] != name || (*field)[1] != '=') return std::nullopt;
  return field->substr(2);
}

std::optional<std::string> decode_name(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (!is_printable(text.front())) return std::nullopt;
    if (text.front() != '=') {
      out += text.front();
      continue;
    }
    const bool comma = text.starts_with("=2C");
    if (!comma && !text.starts_with("=3D")) return std::nullopt;
    out += comma ? ',' : '=';
    text.remove_prefix(2);
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

// Extensions that nobody here knows: each a letter of its own, = and something. They are passed over, and signed all the
// same.
bool are_extensions(std::string_view rest) {
  constexpr std::string_view taken = "anmrcsipve";
  while (const auto field = take_field(rest)) {
    const bool letter = !field->empty() && ((field->front() | 0x20) >= 'a' && (field->front() | 0x20) <= 'z');
    if (!letter || taken.find(field->front()) != std::string_view::npos || field->size() < 3 || (*field)[1] != '=' ||
        !std::ranges::all_of(*field, is_printable))
      return false;
  }
  return true;
}

bool is_nonce(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::optional<scram_first> read_scram_first(std::string_view message) {
  if (message.size() > longest_scram_message) return std::nullopt;
  scram_first out;
  std::string_view rest = message;
  // y: the client could bind to the channel, but believes that we cannot, and is right. p: it demands that we do.
  const auto binding = take_field(rest);
  if (!binding || (*binding != "n" && *binding != "y")) return std::nullopt;
  const auto behalf = take_field(rest);
  if (!behalf || (!behalf->empty() && !behalf->starts_with("a="))) return std::nullopt;
  if (rest.data() == nullptr) return std::nullopt;
  if (!behalf->empty()) out.on_behalf = behalf->substr(2);
  out.header = message.substr(0, message.size() - rest.size());
  out.bare = rest;
  const auto name = take_attribute(rest, 'n');
  auto decoded = name ? decode_name(*name) : std::nullopt;
  const auto nonce = take_attribute(rest, 'r');
  if (!decoded || !nonce || !is_nonce(*nonce) || !are_extensions(rest)) return std::nullopt;
  out.user_name = std::move(*decoded);
  out.nonce = *nonce;
  return out;
}

std::optional<scram_final> read_scram_final(std::string_view message) {
  if (message.size() > longest_scram_message) return std::nullopt;
  scram_final out;
  const auto last = message.rfind(",p=");
  if (last == std::string_view::npos) return std::nullopt;
  const auto proof = decode_base64(message.substr(last + 3), true);
  if (!proof || proof->size() != out.proof.size()) return std::nullopt;
  std::ranges::copy(*proof, out.proof.begin());
  out.without_proof = message.substr(0, last);
  std::string_view rest = out.without_proof;
  const auto binding = take_attribute(rest, 'c');
  const auto nonce = take_attribute(rest, 'r');
  if (!binding || !nonce || !is_nonce(*nonce) || !are_extensions(rest)) return std::nullopt;
  out.binding = *binding;
  out.nonce = *nonce;
  return out;
}

}  // namespace nanomq::access
