// Operations through a caller's nng_aio, on stock libnng. A target of its own (nanonng_sdk_nng), so that programs which do
// not use it do not link libnng.
#pragma once

#include <nng/nng.h>

#include <functional>
#include <string_view>
#include <utility>

#include "nanonng/sdk/operation.hpp"

namespace nanonng::sdk {

/// The nng error code for an error: NNG_ETIMEDOUT, NNG_ECANCELED (dropped messages, too), NNG_ECLOSED, NNG_EAGAIN (queue
/// full), NNG_ENOMEM, NNG_ENOTSUP, NNG_ECONNRESET, NNG_EADDRINVAL (unknown name), …; other errnos NNG_ESYSERR plus the errno.
/// Of MQTT's reason codes: credentials and rights NNG_EPERM, broken rules NNG_EPROTO, size NNG_EMSGSIZE, topics and payloads
/// NNG_EINVAL, what the server does not do NNG_ENOTSUP, everything else NNG_ECONNREFUSED.
[[nodiscard]] int nng_error_of(const nanolib::error& what) noexcept;

namespace detail {

/// Cancels an operation when the aio is aborted or times out, and finishes the aio once.
void bind_aio(nng_aio* aio, nanolib::intrusive_ptr<operation_core> what, const operation_host_ptr& host,
              std::move_only_function<int()> store);

}  // namespace detail

/// Ends `aio` when the operation ends. To be called between the caller's own nng_aio_begin() (which the provider has called
/// and which said true) and the return to the user: this calls nng_aio_defer() and later nng_aio_finish().
/// `store` runs on the I/O thread just before the end, with the result: it may set the aio's message or outputs, and returns
/// the nng error code (usually 0 or nng_error_of(result.error())). An abort, a timeout of the aio or nng_aio_stop() cancels
/// the operation; the aio ends when the operation has, with the code that nng gave.
template <class Value, class Store>
void finish_aio(nng_aio* aio, const operation<Value>& what, Store store) {
  auto state = what.shared_state();
  operation_state<Value>* const raw = state.get();
  detail::bind_aio(aio, nanolib::intrusive_ptr<operation_core>::share(raw), what.host(),
                   [raw, store = std::move(store)]() mutable -> int { return store(raw->value()); });
}

/// The same with no output but the error code.
template <class Value>
void finish_aio(nng_aio* aio, const operation<Value>& what) {
  finish_aio(aio, what, [](const nanolib::result<Value>& ended) { return ended ? 0 : nng_error_of(ended.error()); });
}

}  // namespace nanonng::sdk
