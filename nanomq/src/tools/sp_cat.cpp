#include "nanomq/tools/sp_cat.hpp"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/sp_message.hpp"
#include "nanonng/net/sp_socket.hpp"
#include "tools/sp_cat_endpoint.hpp"
#include "tools/survey_context.hpp"

namespace nanomq::tools {
namespace {

using nanonng::net::sp_message;
using nanonng::net::sp_protocol;
using nanonng::net::sp_socket;
using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

/// nng says that a message has been sent when it has taken it. What is on its way when the socket closes is lost, so that
/// a sender stays a moment, as nngcat does.
constexpr milliseconds farewell{200};
/// How long the loop may have to wait for a turn.
constexpr milliseconds between_turns{1'000};
/// Received messages whose text is written at one go.
constexpr std::size_t most_text = std::size_t{256} * 1024;

bool is_two_way(sp_protocol which) noexcept {
  return which == sp_protocol::pair0 || which == sp_protocol::pair1 || which == sp_protocol::bus0;
}
bool has_answers(sp_protocol which) noexcept { return which == sp_protocol::req0 || which == sp_protocol::surveyor0; }
bool is_answerer(sp_protocol which) noexcept { return which == sp_protocol::rep0 || which == sp_protocol::respondent0; }
bool only_sends(sp_protocol which) noexcept { return which == sp_protocol::pub0 || which == sp_protocol::push0; }
bool only_receives(sp_protocol which) noexcept { return which == sp_protocol::sub0 || which == sp_protocol::pull0; }

nng_duration duration_of(milliseconds time) noexcept {
  return static_cast<nng_duration>(std::clamp<milliseconds::rep>(time.count(), 0, INT32_MAX));
}

/// Ends the run. The text is for people; empty when there is nothing to say.
struct ending {
  int status;
  std::string why;
};

class sp_cat_run {
 public:
  sp_cat_run(const sp_cat_job& job, tool_output& output) noexcept : job_(job), output_(output) {}

  int run() {
    auto end = open();
    if (!end) end = talk();
    if (!end->why.empty()) output_.complain(end->why);
    return end->status;
  }

 private:
  using outcome = std::optional<ending>;  // empty: go on

  static ending fail(std::string what, int code) { return {1, std::move(what) + ": " + nng_strerror(code)}; }

  outcome open() {
    auto loop = nanonng::net::event_loop::create({});
    if (!loop) return ending{1, "Unable to open socket: " + std::string(nanolib::describe(loop.error()))};
    loop_ = std::move(*loop);
    auto opened = sp_socket::open(*loop_, *job_.protocol, {.maximum_message_size = job_.receive_maximum});
    if (!opened) return fail("Unable to open socket", opened.error().code);
    socket_ = std::move(*opened);
    if (auto end = set_options()) return end;
    for (const auto& one : job_.addresses) {
      std::string bound;
      if (auto fault = open_endpoint(*socket_, one, job_, bound); !fault.empty()) return ending{1, std::move(fault)};
      if (job_.verbose && one.listens) output_.complain("Listening at: " + bound);
    }
    return std::nullopt;
  }

  outcome set_options() {
    const auto set_ms = [this](const char* name, const std::optional<milliseconds>& time) {
      return time ? nng_socket_set_ms(socket_->handle(), name, duration_of(*time)) : 0;
    };
    if (const int code = set_ms(NNG_OPT_SENDTIMEO, job_.send_timeout); code != 0 && sends()) {
      return fail("Unable to set send timeout", code);
    }
    if (const int code = set_ms(NNG_OPT_RECVTIMEO, job_.receive_timeout); code != 0 && !only_sends(*job_.protocol)) {
      return fail("Unable to set receive timeout", code);
    }
    if (!job_.socket_name.empty()) {
      const int code = nng_socket_set_string(socket_->handle(), NNG_OPT_SOCKNAME, job_.socket_name.c_str());
      if (code != 0) return fail("Unable to set socket name", code);
    }
    if (job_.protocol != sp_protocol::sub0) return std::nullopt;
    const std::vector<std::string> everything{""};
    for (const auto& prefix : job_.prefixes.empty() ? everything : job_.prefixes) {
      if (const auto done = socket_->subscribe(prefix); !done) {
        return fail("Unable to subscribe to topic " + prefix, done.error().code);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool sends() const noexcept { return job_.data.has_value(); }
  [[nodiscard]] bool listens() const noexcept {
    return std::ranges::any_of(job_.addresses, [](const auto& one) { return one.listens; });
  }
  [[nodiscard]] bool is_surveyor() const noexcept { return *job_.protocol == sp_protocol::surveyor0; }

  ending talk() {
    if (sends() && !is_answerer(*job_.protocol)) std::this_thread::sleep_for(job_.delay);
    if (!sends()) return receive_all();
    if (is_answerer(*job_.protocol)) return answer_all();
    if (only_sends(*job_.protocol)) return send_all();
    return exchange_all();
  }

  // ------------------------------------------------------------------------------------------------ pieces

  // Waits at most so long, or as long as the socket was told to. The answer: nng's code.
  int receive(sp_message& into, const std::optional<milliseconds>& longest = std::nullopt) {
    const int code =
        is_surveyor() ? survey_.receive(into, longest.transform(duration_of)) : receive_here(into, longest);
    loop_->turn(nanolib::duration(0));  // it counts peers
    return code;
  }

  // In pieces where it listens, because the loop watches what listens. Not where it asks: who gives up to receive has given
  // up the question.
  int receive_here(sp_message& into, const std::optional<milliseconds>& longest) {
    const auto begin = clock::now();
    const auto limit = longest ? longest : job_.receive_timeout;
    for (;;) {
      auto wait = limit;
      if (wait) wait = std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(begin + *limit - clock::now()));
      const bool in_pieces = listens() && !has_answers(*job_.protocol) && (!wait || *wait > between_turns);
      if (in_pieces) wait = between_turns;
      if (wait && wait != std::exchange(wait_, wait)) {
        (void)nng_socket_set_ms(socket_->handle(), NNG_OPT_RECVTIMEO, duration_of(*wait));
      }
      nng_msg* message = nullptr;
      const int code = nng_recvmsg(socket_->handle(), &message, 0);
      if (code == 0) into = sp_message(message);
      if (!in_pieces || code != NNG_ETIMEDOUT) return code;
      loop_->turn(nanolib::duration(0));
    }
  }

  outcome send() {
    const auto text = nanolib::as_bytes(*job_.data);
    sp_message message = sp_message::create(text, {});
    if (!message) return fail("Send error", NNG_ENOMEM);
    if (is_surveyor()) {
      const int code = survey_.send(socket_->handle(), std::move(message));
      return code == 0 ? outcome{} : fail("Send error", code);
    }
    nng_msg* const raw = message.release();
    const int code = nng_sendmsg(socket_->handle(), raw, 0);
    if (code == 0) return std::nullopt;
    message = sp_message(raw);  // nng takes it only when that succeeds
    return fail("Send error", code);
  }

  outcome print(const sp_message& message) {
    append_body(text_, message.body(), job_.format.value_or(body_format::none));
    return write();
  }
  outcome write() {
    const bool written = text_.empty() || output_.write(text_);
    text_.clear();
    if (written) return std::nullopt;
    if (errno == EPIPE) return ending{0, {}};  // nobody reads it any more
    return ending{1, "Cannot write: " + std::string(nanolib::describe({nanolib::error_domain::sys, errno}))};
  }

  // What is there already, behind a message that was waited for, so that many are written at one go.
  outcome print_with_followers(const sp_message& first, std::uint64_t& left) {
    append_body(text_, first.body(), job_.format.value_or(body_format::none));
    while (left != 1 && text_.size() < most_text) {
      nng_msg* more = nullptr;
      if (nng_recvmsg(socket_->handle(), &more, NNG_FLAG_NONBLOCK) != 0) break;
      append_body(text_, sp_message(more).body(), job_.format.value_or(body_format::none));
      if (left != 0) --left;
    }
    return write();
  }

  // A regular time-out, or an event such as the end of a survey.
  static bool is_over(int code) noexcept { return code == NNG_ETIMEDOUT || code == NNG_ESTATE; }

  // ------------------------------------------------------------------------------------------------ ways to talk

  ending receive_all() {
    for (std::uint64_t left = job_.count;;) {
      sp_message message;
      if (const int code = receive(message); code != 0) {
        return is_over(code) ? ending{0, {}} : fail("Receive error", code);
      }
      // What nobody answers is given up with the next receive; only one at a time is there.
      auto end = is_answerer(*job_.protocol) ? print(message) : print_with_followers(message, left);
      if (end) return *end;
      if (left != 0 && --left == 0) return {0, {}};
    }
  }

  ending answer_all() {
    for (std::uint64_t left = job_.count;;) {
      sp_message message;
      if (const int code = receive(message); code != 0) {
        return code == NNG_ETIMEDOUT ? ending{0, {}} : fail("Receive error", code);
      }
      if (auto end = print(message)) return *end;
      if (auto end = send()) return *end;
      if (left != 0 && --left == 0) return take_leave();
    }
  }

  ending send_all() {
    for (std::uint64_t left = job_.count;;) {
      const auto begin = clock::now();
      if (auto end = send()) return *end;
      const bool last = left == 0 ? !job_.interval : --left == 0;
      if (last) return take_leave();
      if (job_.interval) std::this_thread::sleep_until(begin + *job_.interval);
    }
  }

  // One message out, and what comes back until the exchange is over.
  ending exchange_all() {
    for (std::uint64_t left = job_.count;;) {
      const auto begin = clock::now();
      if (auto end = send()) return *end;
      const bool last = left == 0 ? !job_.interval : --left == 0;
      // A pair and a bus know no end of an exchange: where it is to end and nothing says when, it is the first message.
      const bool first_ends = is_two_way(*job_.protocol) && !job_.interval && job_.count != 0;
      if (auto end = receive_answers(begin, first_ends)) return *end;
      if (last) return take_leave();
      if (job_.interval) std::this_thread::sleep_until(begin + *job_.interval);
    }
  }

  outcome receive_answers(clock::time_point begin, bool first_ends) {
    for (;;) {
      std::optional<milliseconds> longest;
      if (job_.interval) {
        const auto left = std::chrono::ceil<milliseconds>(begin + *job_.interval - clock::now());
        longest = std::max(milliseconds{0}, std::min(left, job_.receive_timeout.value_or(left)));
      }
      sp_message message;
      const int code = receive(message, longest);
      if (is_over(code)) return std::nullopt;
      if (code != 0) return fail("Cannot receive", code);
      if (auto end = print(message)) return end;
      if (first_ends) return std::nullopt;
    }
  }

  static ending take_leave() {
    std::this_thread::sleep_for(farewell);
    return {0, {}};
  }

  const sp_cat_job& job_;
  tool_output& output_;
  std::unique_ptr<nanonng::net::event_loop> loop_;
  std::unique_ptr<sp_socket> socket_;
  survey_context survey_;             // of a surveyor
  std::optional<milliseconds> wait_;  // that the socket was told
  std::string text_;
};

}  // namespace

std::string check(const sp_cat_job& job) {
  if (job.addresses.empty()) return "No address specified.";
  if (!job.protocol) return "No protocol specified.";
  const auto which = *job.protocol;
  if (!job.prefixes.empty() && which != sp_protocol::sub0) return "Protocol does not support --subscribe.";
  if (only_receives(which) && job.data) return "Protocol does not support --file or --data.";
  if ((only_receives(which) || is_answerer(which)) && job.interval) return "Protocol does not support --interval.";
  if ((only_sends(which) || has_answers(which)) && !job.data) return "Protocol requires either --file or --data.";
  if (only_sends(which) && job.format) return "Protocol does not support --format options.";
  if (is_two_way(which) && job.interval && !job.data) return "Option --interval requires either --file or --data.";
  return {};
}

int run_sp_cat(const sp_cat_job& job, tool_output& output) { return sp_cat_run(job, output).run(); }

}  // namespace nanomq::tools
