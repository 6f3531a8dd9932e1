#include "error_code.hpp"

#include <nng/nng.h>

#include <cerrno>

#include "nanonng/mqtt/types.hpp"

namespace nanonng::sdk::c {
namespace {

int code_of_errno(int number) noexcept {
  switch (number) {
    case ETIMEDOUT:
      return NNG_ETIMEDOUT;
    case ECANCELED:
    case EOVERFLOW:  // errors::dropped
      return NNG_ECANCELED;
    case ESHUTDOWN:  // errors::closed
      return NNG_ECLOSED;
    case ENOBUFS:  // errors::queue_full
    case EAGAIN:
      return NNG_EAGAIN;
    case ENOMEM:
      return NNG_ENOMEM;
    case ENOTSUP:
      return NNG_ENOTSUP;
    case EDEADLK:
      return NNG_ESTATE;
    case EINVAL:
      return NNG_EINVAL;
    case EACCES:
    case EPERM:
      return NNG_EPERM;
    case ENOENT:
      return NNG_ENOENT;
    case ECONNREFUSED:
      return NNG_ECONNREFUSED;
    case ECONNRESET:
      return NNG_ECONNRESET;
    case ECONNABORTED:
      return NNG_ECONNABORTED;
    case EPIPE:
      return NNG_ECONNSHUT;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      return NNG_EUNREACHABLE;
    case EMFILE:
    case ENFILE:
      return NNG_ENOFILES;
    case 0:
      return NNG_EINTERNAL;
    default:
      return NNG_ESYSERR + number;
  }
}

int code_of_reason(mqtt::reason_code reason) noexcept {
  using enum mqtt::reason_code;
  switch (reason) {
    case bad_user_name_or_password:
    case not_authorized:
    case banned:
    case bad_authentication_method:
      return NNG_EPERM;
    case packet_too_large:
      return NNG_EMSGSIZE;
    case malformed_packet:
    case protocol_error:
    case packet_identifier_in_use:
    case packet_identifier_not_found:
    case receive_maximum_exceeded:
    case topic_alias_invalid:
      return NNG_EPROTO;
    default:
      return NNG_ECONNREFUSED;
  }
}

}  // namespace

int error_code_of(const nanolib::error& what) noexcept {
  switch (what.domain) {
    case nanolib::error_domain::sys:
      return code_of_errno(what.code);
    case nanolib::error_domain::nng:
      return what.code == 0 ? NNG_EINTERNAL : what.code;
    case nanolib::error_domain::mqtt:
      return code_of_reason(static_cast<mqtt::reason_code>(what.code));
    case nanolib::error_domain::config:
      break;
  }
  return NNG_EADDRINVAL;
}

}  // namespace nanonng::sdk::c
