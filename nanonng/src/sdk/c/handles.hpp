// Which handle means which client, and how every operation begins.
#pragma once

#include <expected>
#include <string>

#include "client_entry.hpp"
#include "message_pass.hpp"

namespace nanonng::sdk::c {

/// Makes a client. Errors: throws bad_alloc.
[[nodiscard]] nmqtt_client open_handle(std::string url);
/// The client of a handle; null when there is none.
[[nodiscard]] client_entry_ptr find_handle(nmqtt_client which) noexcept;
/// From now on the handle means nothing. Whether it has meant something.
[[nodiscard]] bool close_handle(nmqtt_client which) noexcept;

/// The client of a handle, if it has been started. Errors: NNG_ECLOSED, NNG_ESTATE.
[[nodiscard]] std::expected<client_entry_ptr, int> find_running(nmqtt_client which) noexcept;

/// Begins an operation for an aio: `submit(entry, operation)` hands it in and returns 0, or says what is wrong. All ends,
/// also the errors, are the aio's. A NULL aio is ignored.
template <class Submit>
void begin_operation(nmqtt_client which, nmqtt_outcome* outcome, nng_aio* aio, Submit submit) noexcept {
  if (aio == nullptr) return;
  tell(outcome, mqtt::reason_code::success, {});
  if (!nng_aio_begin(aio)) return;
  const auto found = find_running(which);
  if (!found) return nng_aio_finish(aio, found.error());
  const aio_operation_ptr to = aio_operation::take(aio);
  if (!to) return;
  const int rv = guarded([&] { return submit(**found, to); });
  if (rv != 0 && to->claim()) to->finish(rv);
}

/// nng_aio_wait(), which on the client's callback thread ends with NNG_ESTATE where it would never end.
void wait_for_end(nng_aio* aio, const client& of) noexcept;

/// A function that blocks: its asynchronous form on an aio of its own, with the client's timeout. `msg` is the aio's
/// message; on success `answer`, unless it is null, gets the one that the aio has then.
template <class Start>
[[nodiscard]] int wait_for(nmqtt_client which, nng_msg* msg, nng_msg** answer, Start start) noexcept {
  const auto found = find_running(which);
  if (!found) return found.error();
  nng_aio* aio = nullptr;
  if (const int rv = nng_aio_alloc(&aio, nullptr, nullptr); rv != 0) return rv;
  nng_aio_set_timeout(aio, (*found)->timeout());
  nng_aio_set_msg(aio, msg);
  start(aio);
  wait_for_end(aio, *(*found)->running());
  const int rv = nng_aio_result(aio);
  if (rv == 0 && answer != nullptr) *answer = nng_aio_get_msg(aio);
  nng_aio_free(aio);
  return rv;
}

}  // namespace nanonng::sdk::c
