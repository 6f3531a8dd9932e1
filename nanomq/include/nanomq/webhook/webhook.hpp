// Events of the broker as POSTs to an HTTP endpoint, under NanoMQ's names and in NanoMQ's fields.
//
// A hook encodes events on their shards into a bounded queue; a thread of its own sends them. A slow or dead endpoint never
// slows a client: what finds no room is dropped and counted. Delivery is at least once while the broker runs and the queue
// has room: a POST whose answer was lost is repeated.
#pragma once

#include <memory>
#include <string>

#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/broker/hooks.hpp"
#include "nanomq/webhook/webhook_settings.hpp"

namespace nanomq::webhook {

class sender;
struct target;

/// Settings that have been checked, with the certificates read: ready to be used, or to be thrown away.
struct prepared {
  webhook_settings settings;
  std::shared_ptr<const target> to;  ///< null: there is nothing to be sent
};

/// There is always one; while it is not active it costs nothing. Thread: one, which outlives no fork() once something is sent.
class webhook {
 public:
  /// `log` and `clock` outlive it, and all its hooks.
  webhook(nanolib::log& log, const nanolib::clock& clock) noexcept : log_(log), clock_(clock) {}
  webhook(const webhook&) = delete;
  webhook& operator=(const webhook&) = delete;
  /// Stops, without patience.
  ~webhook();

  /// Errors: config (URL, header, a certificate's file), with `why`, which names the setting.
  [[nodiscard]] static nanolib::result<prepared> prepare(const webhook_settings& wanted, std::string& why);
  /// Uses them from here on; what is queued goes to the new endpoint. The hooks of before are to be replaced by hooks().
  /// Errors: sys (no thread could be made).
  [[nodiscard]] nanolib::result<void> change_to(prepared&& next);
  /// For the broker: one, or none while there is nothing to be sent.
  [[nodiscard]] const broker::hook_set& hooks() const noexcept { return hooks_; }
  /// Sends what is queued, for no longer than flush_timeout. After the broker has stopped.
  void stop() noexcept;

 private:
  nanolib::log& log_;
  const nanolib::clock& clock_;
  std::shared_ptr<sender> sender_;  ///< null: there has never been anything to be sent
  broker::hook_set hooks_;
  nanolib::duration patience_{0};
};

}  // namespace nanomq::webhook
