// Operations through nng's aios.
#include "nanonng/sdk/nng_aio.hpp"

#include <cerrno>
#include <new>

#include "c/aio_operation.hpp"
#include "nanolib/cache/store_error.hpp"

namespace nanonng::sdk {

namespace {

int nng_error_of(mqtt::reason_code reason) noexcept {
  using mqtt::reason_code;
  switch (reason) {
    case reason_code::bad_user_name_or_password:
    case reason_code::not_authorized:
    case reason_code::banned:
    case reason_code::bad_authentication_method:
      return NNG_EPERM;
    case reason_code::malformed_packet:
    case reason_code::protocol_error:
    case reason_code::unsupported_protocol_version:
    case reason_code::topic_alias_invalid:
    case reason_code::receive_maximum_exceeded:
      return NNG_EPROTO;
    case reason_code::packet_too_large:
      return NNG_EMSGSIZE;
    case reason_code::topic_name_invalid:
    case reason_code::topic_filter_invalid:
    case reason_code::payload_format_invalid:
    case reason_code::client_identifier_not_valid:
      return NNG_EINVAL;
    case reason_code::qos_not_supported:
    case reason_code::retain_not_supported:
    case reason_code::shared_subscriptions_not_supported:
    case reason_code::subscription_identifiers_not_supported:
    case reason_code::wildcard_subscriptions_not_supported:
      return NNG_ENOTSUP;
    case reason_code::keep_alive_timeout:
      return NNG_ETIMEDOUT;
    default:
      return NNG_ECONNREFUSED;
  }
}

int nng_error_of_errno(int code) noexcept {
  switch (code) {
    case ETIMEDOUT:
      return NNG_ETIMEDOUT;
    case ECANCELED:
    case EOVERFLOW:
      return NNG_ECANCELED;
    case ESHUTDOWN:
      return NNG_ECLOSED;
    case ENOBUFS:
      return NNG_EAGAIN;
    case ENOMEM:
      return NNG_ENOMEM;
    case ENOTSUP:
    case ENOSYS:
      return NNG_ENOTSUP;
    case ECONNREFUSED:
      return NNG_ECONNREFUSED;
    case ECONNABORTED:
      return NNG_ECONNABORTED;
    case ECONNRESET:
    case EPIPE:
      return NNG_ECONNRESET;
    case ENETUNREACH:
    case EHOSTUNREACH:
      return NNG_EUNREACHABLE;
    case ENOENT:
      return NNG_ENOENT;
    case EACCES:
      return NNG_EPEERAUTH;
    case EPROTO:
      return NNG_EPROTO;
    case EDEADLK:
    case ENOTCONN:
      return NNG_ESTATE;
    default:
      return NNG_ESYSERR + code;
  }
}

}  // namespace

int nng_error_of(const nanolib::error& what) noexcept {
  switch (what.domain) {
    case nanolib::error_domain::nng:
      return what.code;
    case nanolib::error_domain::mqtt:
      return nng_error_of(static_cast<mqtt::reason_code>(what.code));
    case nanolib::error_domain::config:
      // The resolver's codes are not zero: the name is not known.
      return what.code != 0 ? NNG_EADDRINVAL : NNG_EINVAL;
    case nanolib::error_domain::store:
      return what.code == static_cast<int>(nanolib::store_error::no_space) ? NNG_ENOSPC : NNG_EINTERNAL;
    case nanolib::error_domain::sys:
      break;
  }
  return nng_error_of_errno(what.code);
}

void detail::bind_aio(nng_aio* aio, nanolib::intrusive_ptr<operation_core> what, const operation_host_ptr& host,
                      std::move_only_function<int()> store) {
  const auto cancel = [what, host]() noexcept {
    if (host) host->cancel(*what);
  };
  const c::aio_operation_ptr to = c::aio_operation::take(aio);
  if (!to) return cancel();
  try {
    to->on_cancel(cancel);
    what->attach(
        [to, store = std::move(store)]() mutable {
          if (to->claim()) to->finish(store());
        },
        host, operation_core::place::inline_);
  } catch (const std::bad_alloc&) {
    cancel();
    if (to->claim()) to->finish(NNG_ENOMEM);
  }
}

}  // namespace nanonng::sdk
