// One question, whom to tell, and until when.
#pragma once

#include <memory>
#include <string>

#include "nanomq/http/client.hpp"
#include "nanonng/net/timer.hpp"

namespace nanomq::http {

class engine;
class line;

/// Made by whoever sends it, the engine's from then on. Thread: externally synchronised.
class exchange {
 public:
  exchange(engine& of, request asked, client::on_answer whom, client::ticket ticket, nanolib::instant until)
      : number(ticket),
        what(std::move(asked)),
        origin(what.where.origin()),
        deadline(until),
        then_(std::move(whom)),
        of_(of) {}

  /// Once.
  void tell(client::answer said) noexcept { then_(std::move(said)); }
  void watch(nanonng::net::timer_wheel& with) noexcept { with.set(timer_, deadline); }

  const client::ticket number;
  const request what;
  const std::string origin;
  const nanolib::instant deadline;
  line* on = nullptr;  ///< null: it waits for a connection
  bool is_running = false;
  bool repeated = false;  ///< it goes to a connection that nobody has used before

 private:
  void on_deadline(nanolib::instant now) noexcept;

  client::on_answer then_;
  engine& of_;
  nanonng::net::timer_of<exchange, &exchange::on_deadline> timer_{*this};
};

}  // namespace nanomq::http
