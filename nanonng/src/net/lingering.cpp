#include "lingering.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

namespace nanonng::net {

namespace {

/// How long a peer that has everything may take to end its side too.
constexpr nanolib::duration grace{500};
/// Reads in one go from a layer that holds more; what it holds then is of no interest.
constexpr int most_reads = 16;

/// Whether the system still has bytes that it has taken for the peer. Systems that do not tell have none.
bool has_bytes_on_their_way(int descriptor) noexcept {
  int count = 0;
  return ::ioctl(descriptor, TIOCOUTQ, &count) == 0 && count > 0;
}

}  // namespace

lingering::deadline_timer::deadline_timer(lingering& of) noexcept
    : timer([](timer& self, nanolib::instant) noexcept { static_cast<deadline_timer&>(self).whose.on_deadline(); }),
      whose(of) {}

lingering::lingering(event_loop& loop, owner& keeper, std::unique_ptr<stream> over, output_queue&& output) noexcept
    : loop_(loop), keeper_(keeper), stream_(std::move(over)), output_(std::move(output)), deadline_(*this) {}

lingering::~lingering() {
  if (watched_) loop_.descriptors().remove(stream_->descriptor(), *this);
  output_.clear(loop_.chunks());
}

bool lingering::start(nanolib::instant deadline) noexcept {
  latest_ = deadline;
  if (!send() || stream_->descriptor() < 0 || deadline <= loop_.now()) return false;
  const interest what = owes() ? interest::read_write : interest::read;
  watched_ = loop_.descriptors().add(stream_->descriptor(), what, *this).has_value();
  if (watched_) wait_until_deadline();
  return watched_;
}

bool lingering::send() noexcept {
  const io_result result =
      output_.pending() != 0 || !finished_ ? output_.send(*stream_, loop_.chunks()) : stream_->write({});
  // What cannot be sent before something was received was written before the handshake: too early for it to matter.
  if ((result.hints & io_result::input) != 0) return false;
  if (output_.pending() == 0 && !std::exchange(finished_, true)) stream_->finish();
  return result.what == io_result::outcome::moved || result.what == io_result::outcome::would_block;
}

/// Whether there is still something to send: output, or a layer's last words.
bool lingering::owes() const noexcept { return output_.pending() != 0 || (stream_->wants() & io_result::room) != 0; }

// Once everything is sent, a peer that does not end its side is not waited for much longer.
void lingering::wait_until_deadline() noexcept {
  const bool sent = !owes();
  loop_.timers().set(deadline_, sent ? std::min(latest_, loop_.now() + grace) : latest_);
}

// While bytes are on their way the end would be a reset if the peer has sent anything more, and take them along.
void lingering::on_deadline() noexcept {
  if (!owes() && loop_.now() < latest_ && has_bytes_on_their_way(stream_->descriptor())) return wait_until_deadline();
  keeper_.finished(*this);
}

void lingering::on_readable() noexcept {
  io_result result{.hints = io_result::read_again};
  for (int reads = 0; reads < most_reads && (result.hints & io_result::read_again) != 0; ++reads) {
    result = stream_->read(loop_.input());
    if (result.what == io_result::outcome::closed || result.what == io_result::outcome::failed) {
      return keeper_.finished(*this);
    }
  }
}

void lingering::on_writable() noexcept {
  if (!send()) return keeper_.finished(*this);
  if (owes()) return;
  loop_.descriptors().modify(stream_->descriptor(), interest::read, *this);
  wait_until_deadline();
}

}  // namespace nanonng::net
