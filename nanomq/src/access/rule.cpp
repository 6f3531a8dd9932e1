#include "nanomq/access/rule.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace nanomq::access {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return out + '"';
}

std::string network(const ip_network& where) {
  char text[INET6_ADDRSTRLEN] = "";
  const bool v4 =
      where.bits >= 96 && where.first.octets[10] == 0xff && where.first.octets[11] == 0xff &&
      std::all_of(where.first.octets.begin(), where.first.octets.begin() + 10, [](auto o) { return o == 0; });
  ::inet_ntop(v4 ? AF_INET : AF_INET6, where.first.octets.data() + (v4 ? 12 : 0), text, sizeof text);
  return std::string(text) + (where.bits == 128 ? "" : "/" + std::to_string(where.bits - (v4 ? 96 : 0)));
}

std::string describe(const condition& who, bool inner) {
  using kind = condition::kind;
  switch (who.is) {
    case kind::anybody:
      return "anybody";
    case kind::user:
      return "user " + quoted(who.text);
    case kind::client:
      return "client " + quoted(who.text);
    case kind::common_name:
      return "certificate " + quoted(who.text);
    case kind::listener:
      return "listener " + quoted(who.text);
    case kind::network:
      return "address " + network(who.where);
    case kind::anonymous:
      return "clients without user name";
    case kind::all_of:
    case kind::any_of:
      break;
  }
  std::string out;
  for (const auto& part : who.parts) {
    if (!out.empty()) out += who.is == kind::all_of ? " and " : " or ";
    out += describe(part, true);
  }
  return inner ? "(" + out + ")" : out;
}

void add_listeners(const condition& from, std::vector<std::string>& into) {
  if (from.is == condition::kind::listener) into.push_back(from.text);
  for (const auto& part : from.parts) add_listeners(part, into);
}

}  // namespace

std::string describe(const rule& what) {
  std::string out = what.allow ? "allow " : "deny ";
  out += what.publish && what.subscribe ? "all" : what.publish ? "publish" : "subscribe";
  for (std::size_t i = 0; i < what.topics.size(); ++i) out += (i == 0 ? " " : ", ") + quoted(what.topics[i]);
  if (what.topics.empty()) out += " every topic";
  return out + " for " + describe(what.who, false);
}

std::string listener_id(std::string_view written) {
  std::string out(written);
  const auto between = out.find_first_of(".:");
  if (between != std::string::npos) out[between] = ':';
  return out;
}

std::vector<std::string> listeners_named(const rule& what) {
  std::vector<std::string> out;
  add_listeners(what.who, out);
  return out;
}

}  // namespace nanomq::access
