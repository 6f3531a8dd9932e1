// What comes in, what goes out, and every way to end.
//
// Input is read into the loop's buffer, behind the place for the bytes that were left over; a large incomplete packet is
// read into memory of its own instead, which grows with what arrives. Nothing that the owner calls calls the owner:
// failures and handed-in input wait for the loop's next dispatch point.
#include "nanonng/net/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "residue.hpp"

namespace nanonng::net {

namespace {

/// From here on an incomplete packet is read into memory of its own.
constexpr std::size_t large_residue = 4096;
/// Reads that are tried after a write has failed: what the peer said before it went still counts.
constexpr int last_reads = 16;

constexpr nanolib::error out_of_memory{nanolib::error_domain::sys, ENOMEM};

}  // namespace

connection::connection(event_loop& loop, std::unique_ptr<stream> over, connection_handler& handler) noexcept
    : loop_(&loop), stream_(std::move(over)), handler_(&handler) {
  stream_->set_owner(this);
  heed(stream_->wants());
  update_interest();
}

connection::~connection() { release(); }

std::string connection::peer() const { return closed() ? std::string() : stream_->peer(); }

// --- output ---

std::byte* connection::grow(std::size_t size) noexcept {
  if (closed()) return nullptr;
  if (!dirty_) loop_->mark_dirty(*this);
  return output_.grow(size, loop_->chunks());
}

void connection::committed() noexcept {
  if (!dirty_) loop_->mark_dirty(*this);
  if (output_.pending() > early_flush) flush();
}

bool connection::append(nanolib::bytes data) noexcept {
  if (closed() || !output_.append(data, loop_->chunks())) return false;
  committed();
  return true;
}

bool connection::append_slice(nanolib::message_ptr owner, nanolib::bytes data) noexcept {
  if (closed() || !output_.append_slice(std::move(owner), data, loop_->chunks())) return false;
  committed();
  return true;
}

void connection::flush() noexcept {
  if (closed() || blocked_) return;
  if (failed_) return output_.clear(loop_->chunks());
  if (!send()) return;
  blocked_ = output_.pending() != 0;
  if (blocked_ || own_waits_) update_interest();
}

/// Gives the system what it takes. False when the stream has failed.
bool connection::send() noexcept {
  const io_result result = output_.send(*stream_, loop_->chunks());
  loop_->bytes_sent_ += result.bytes;
  if (result.hints != io_result::none) [[unlikely]] {
    needs_input_ = (result.hints & io_result::input) != 0;
    heed(result.hints);
  }
  if (result.what == io_result::outcome::moved || result.what == io_result::outcome::would_block) return true;
  fail(result.error);
  return false;
}

/// A layer of the stream asks for something that its owner would not do by itself.
void connection::heed(std::uint8_t hints) noexcept {
  if ((hints & io_result::read_again) != 0) {
    more_ = true;
    if (!paused_) defer(read_stream);
  }
  if ((hints & io_result::room) != 0) own_waits_ = true;
  if ((hints & io_result::stuck) != 0) stuck_ = true;
}

/// Lets the stream send what it has to send itself; a handshake may go on reading after that.
void connection::write_own() noexcept {
  own_waits_ = stuck_ = false;
  const io_result result = stream_->write({});
  if (result.what == io_result::outcome::failed || result.what == io_result::outcome::closed) return fail(result.error);
  heed(result.hints);
  update_interest();
}

/// A read has taken a layer further, or has left it with something to send.
void connection::after_own_business() noexcept {
  if (needs_input_) on_writable();
  if (!closed()) update_interest();
}

void connection::on_writable() noexcept {
  if (closed() || failed_) return;
  if (own_waits_) [[unlikely]]
    write_own();
  if (failed_ || !blocked_) return;
  const bool needed_input = std::exchange(needs_input_, false);
  if (!send()) return;
  if (output_.pending() != 0) {
    if (needed_input != needs_input_) update_interest();
    return;
  }
  blocked_ = false;
  update_interest();
  if (!closed() && !failed_) handler_->on_drained();
}

// --- input ---

void connection::on_readable() noexcept {
  if (closed() || failed_) return;
  if (paused_) return on_writable();
  // First what is there already: behind it may be the end.
  if ((deferred_ & hand_in_residue) != 0) return;
  const bool was_stuck = std::exchange(stuck_, false);
  static_cast<void>(receive());
  if ((needs_input_ || own_waits_ || stuck_ || was_stuck) && !closed()) [[unlikely]]
    after_own_business();
}

/// One read. False when there was nothing to read, or the connection has ended.
bool connection::receive() noexcept {
  if (residue_ && residue_->size >= large_residue) return receive_into_residue();
  const std::span<std::byte> buffer = loop_->input();
  const std::size_t before = residue_ ? residue_->size : 0;
  const io_result result = stream_->read(buffer.subspan(before));
  if (result.hints != io_result::none) [[unlikely]]
    heed(result.hints);
  if (result.what != io_result::outcome::moved) return stopped(result);
  const nanolib::bytes input = buffer.first(before + result.bytes);
  if (residue_ && input.size() < residue_->needed) {
    if (append_residue(residue_, input.subspan(before))) return true;
    end(out_of_memory);
    return false;
  }
  if (before != 0) std::memcpy(buffer.data(), residue_->data(), before);
  deliver(input, std::move(residue_));
  return !closed();
}

bool connection::receive_into_residue() noexcept {
  if (!grow_residue(residue_, 1)) {
    end(out_of_memory);
    return false;
  }
  residue& kept = *residue_;
  const io_result result = stream_->read({kept.data() + kept.size, kept.capacity - kept.size});
  if (result.hints != io_result::none) [[unlikely]]
    heed(result.hints);
  if (result.what != io_result::outcome::moved) return stopped(result);
  kept.size += result.bytes;
  if (kept.size >= kept.needed) hand_in();
  return !closed();
}

bool connection::stopped(const io_result& result) noexcept {
  if (result.what != io_result::outcome::would_block) end(result.error);
  return false;
}

void connection::hand_in() noexcept {
  held_residue held = std::move(residue_);
  const nanolib::bytes input = held->view();
  deliver(input, std::move(held));
}

/// Hands input to the handler and keeps what it leaves. `held` is where the input lies, or memory that can be used again.
void connection::deliver(nanolib::bytes input, held_residue held) noexcept {
  in_input_ = true;
  loop_->delivering_ = input;
  const connection_handler::consumed used = handler_->on_input(input);
  loop_->delivering_ = {};
  in_input_ = false;
  if (closed() || used.bytes >= input.size()) return;
  keep(input.subspan(used.bytes), used.needed, std::move(held));
  input_waits_ = paused_;
}

void connection::keep(nanolib::bytes rest, std::size_t needed, held_residue held) noexcept {
  // A small rest does not hold on to a large block.
  if (!held || held->capacity < rest.size() || held->capacity / 4 > std::max(rest.size(), std::size_t{64})) {
    held_residue fresh = make_residue(rest.size());
    if (!fresh) return end(out_of_memory);
    std::memcpy(fresh->data(), rest.data(), rest.size());
    held = std::move(fresh);
  } else {
    std::memmove(held->data(), rest.data(), rest.size());
  }
  held->size = rest.size();
  held->needed = std::max(needed, rest.size() + 1);
  residue_ = std::move(held);
}

void connection::pause_input(bool paused) noexcept {
  if (closed() || paused_ == paused) return;
  paused_ = paused;
  if (!paused && std::exchange(input_waits_, false)) defer(hand_in_residue);
  if (!paused && more_) defer(read_stream);
  update_interest();
}

void connection::inject(std::vector<std::byte> input) noexcept {
  if (closed() || input.empty()) return;
  if (!residue_) residue_ = make_residue(input.size());
  if (!residue_ || !append_residue(residue_, input)) return fail(out_of_memory);
  residue_->needed = residue_->size + 1;
  input_waits_ = paused_;
  if (!paused_) defer(hand_in_residue);
}

void connection::ready(interest what) noexcept {
  if (closed()) return;
  if (what != interest::write) defer(read_stream);
  if (what != interest::read) defer(write_stream);
}

bool connection::peer_has_ended() const noexcept {
  if (closed() || failed_) return true;
  pollfd asked{stream_->descriptor(), POLLRDHUP, 0};
  return asked.fd >= 0 && ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void connection::keep_open() noexcept {
  if (closed() || failed_) return;
  stream_->keep_open();
  heed(stream_->wants());
  update_interest();
}

// --- readiness ---

void connection::update_interest() noexcept {
  const auto read = paused_ || failed_ || stuck_ ? interest::none : interest::read;
  const bool waits = (blocked_ && !needs_input_) || own_waits_;
  const auto write = waits && !failed_ ? interest::write : interest::none;
  watch_for(static_cast<interest>(std::to_underlying(read) | std::to_underlying(write)));
}

/// With nothing to wait for the poller does not know the descriptor at all: an error would be told at every wait.
void connection::watch_for(interest what) noexcept {
  const interest before = std::exchange(watching_, what);
  const int descriptor = stream_->descriptor();
  if (before == what || descriptor < 0) return;
  if (what == interest::none) {
    loop_->descriptors().remove(descriptor, *this);
  } else if (before != interest::none) {
    loop_->descriptors().modify(descriptor, what, *this);
  } else if (const auto added = loop_->descriptors().add(descriptor, what, *this); !added) {
    watching_ = interest::none;
    fail(added.error());
  }
}

// --- ends ---

void connection::defer(deferred_work what) noexcept {
  if (deferred_ == 0) loop_->defer(*this);
  deferred_ = static_cast<std::uint8_t>(deferred_ | what);
}

void connection::run_deferred() noexcept {
  const std::uint8_t what = std::exchange(deferred_, std::uint8_t{0});
  if ((what & hand_in_residue) != 0) {
    if (paused_) {
      input_waits_ = true;
    } else if (residue_) {
      hand_in();
    }
  }
  if ((what & read_stream) != 0) {
    if (!paused_) more_ = false;
    on_readable();
  }
  if ((what & write_stream) != 0) on_writable();
  if ((what & tell_closed) == 0) return;
  for (int reads = 0; reads < last_reads && !closed() && !paused_ && receive(); ++reads) continue;
  end(failure_);
}

/// Nothing can be sent any more. The owner learns it at the next dispatch point.
void connection::fail(nanolib::error why) noexcept {
  if (failed_) return;
  failed_ = true;
  failure_ = why;
  blocked_ = false;
  output_.clear(loop_->chunks());
  watch_for(interest::none);
  defer(tell_closed);
}

/// Tells the owner, once. Only from the loop.
void connection::end(nanolib::error why) noexcept {
  if (closed()) return;
  failed_ = true;
  watch_for(interest::none);
  output_.clear(loop_->chunks());
  handler_->on_closed(why);
  release();
}

void connection::release() noexcept {
  if (closed()) return;
  watch_for(interest::none);
  loop_->forget(*this);
  output_.clear(loop_->chunks());
  residue_.reset();
  stream_->set_owner(nullptr);
  stream_.reset();
}

void connection::close() noexcept {
  if (closed()) return;
  if (!failed_ && output_.pending() != 0) static_cast<void>(send());
  release();
}

void connection::close_after_flush(nanolib::instant deadline) noexcept {
  if (closed()) return;
  if (failed_) return release();
  watch_for(interest::none);
  stream_->set_owner(nullptr);
  loop_->finish(std::move(stream_), std::move(output_), deadline);
  loop_->forget(*this);
  residue_.reset();
}

connection::detached connection::detach(std::size_t used) noexcept {
  if (closed()) return {};
  if (!failed_ && output_.pending() != 0) static_cast<void>(send());
  const nanolib::bytes rest = in_input_ ? loop_->delivering_ : residue_ ? residue_->view() : nanolib::bytes{};
  detached gone;
  gone.input.assign(rest.begin() + static_cast<std::ptrdiff_t>(std::min(used, rest.size())), rest.end());
  watch_for(interest::none);
  stream_->set_owner(nullptr);
  gone.over = std::move(stream_);
  loop_->forget(*this);
  output_.clear(loop_->chunks());
  residue_.reset();
  return gone;
}

}  // namespace nanonng::net
