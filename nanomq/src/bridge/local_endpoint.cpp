#include "nanomq/bridge/local_endpoint.hpp"

#include <algorithm>
#include <utility>

#include "bridge/local_answering_endpoint.hpp"
#include "bridge/local_asking_endpoint.hpp"
#include "bridge/local_streaming_endpoint.hpp"
#include "nanomq/bridge/sp_urls.hpp"

namespace nanomq::bridge {
namespace {

using nanonng::net::sp_traits;

// What of the two lists a protocol has use for.
std::string check(const sp_endpoint_options& options, const sp_traits& traits) {
  const std::string protocol(traits.name);
  if (options.listen.empty() && options.dial.empty()) return "a URL to listen on or to dial is missing";
  const bool goes_out = traits.sends || traits.asks;
  const bool comes_in = traits.receives || traits.answers;
  if (!goes_out && !options.forwards.empty()) return protocol + " sends nothing, so it has no forwards";
  if (!comes_in && !options.subscriptions.empty()) return protocol + " receives nothing, so it has no subscription";
  if (options.forwards.empty() && options.subscriptions.empty()) {
    return std::string(goes_out ? "forwards" : "subscription") + " is missing: nothing says what is to be passed on";
  }
  auto fault = check_urls({options.listen, options.dial, !options.tls_certificate_key_file.empty()}, "certfile");
  return fault.empty() ? check_files(options.tls_ca_file, options.tls_certificate_key_file) : fault;
}

broker::local_peer_options peer_options(const sp_endpoint_options& options, const sp_rules& rules) {
  broker::local_peer_options out;
  out.name = name_of(options);
  out.client_id = options.client_id;
  out.user_name = options.user_name;
  // There has to be a queue, be it for one.
  const auto with_nng = part_of_nng(options);
  out.max_queue_messages = std::max(options.max_queue_messages - with_nng.messages, 1U);
  out.max_queue_bytes = options.max_queue_bytes - with_nng.bytes;
  for (const auto& one : rules.forwards()) out.subscriptions.push_back({.filter = one.filter, .qos = one.qos});
  if (nanonng::net::traits_of(options.protocol).answers) {
    out.subscriptions.push_back({.filter = local_answering_endpoint::response_topic(options.client_id),
                                 .qos = nanolib::quality_of_service::at_least_once});
  }
  return out;
}

}  // namespace

sp_queue_part part_of_nng(const sp_endpoint_options& of) noexcept {
  constexpr std::uint32_t most_messages = 64;
  constexpr std::uint64_t most_bytes = 16U * 1024 * 1024;
  const auto& traits = nanonng::net::traits_of(of.protocol);
  if (!traits.sends || !traits.waits) return {};
  return {std::min(std::max(of.max_queue_messages / 2, 1U), most_messages),
          std::min(of.max_queue_bytes / 2, most_bytes)};
}

std::string name_of(const sp_endpoint_options& of) { return "bridges/nng/" + of.name; }

std::expected<local_endpoint, std::string> make_local_endpoint(sp_endpoint_options options, nanolib::log& log) {
  const auto& traits = nanonng::net::traits_of(options.protocol);
  if (options.client_id.empty()) {
    options.client_id = "nng-" + options.name;
    std::ranges::replace(options.client_id, '/', '-');
  }
  if (auto fault = check(options, traits); !fault.empty()) return std::unexpected(name_of(options) + ": " + fault);
  auto rules = sp_rules::create(options);
  if (!rules) return std::unexpected(name_of(options) + ": " + rules.error());
  if (const auto echo = rules->echo(); !echo.empty()) {
    log.event(nanolib::log_component::bridge, nanolib::log_level::warn, "sp_shared_echo",
              {{"peer", options.name}, {"filter", echo}});
  }
  local_endpoint made{peer_options(options, *rules), nullptr};
  if (traits.asks) {
    made.peer = std::make_unique<local_asking_endpoint>(std::move(options), *std::move(rules), log);
  } else if (traits.answers) {
    made.peer = std::make_unique<local_answering_endpoint>(std::move(options), *std::move(rules), log);
  } else {
    made.peer = std::make_unique<local_streaming_endpoint>(std::move(options), *std::move(rules), log);
  }
  return made;
}

}  // namespace nanomq::bridge
