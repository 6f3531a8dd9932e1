#include "lingering.hpp"

#include <algorithm>
#include <utility>

namespace nanonng::net {

namespace {

/// How long a peer that has everything may take to end its side too.
constexpr nanolib::duration grace{500};

}  // namespace

lingering::deadline_timer::deadline_timer(lingering& of) noexcept
    : timer([](timer& self, nanolib::instant) noexcept {
        lingering& late = static_cast<deadline_timer&>(self).whose;
        late.keeper_.finished(late);
      }),
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
  const interest what = output_.pending() == 0 ? interest::read : interest::read_write;
  watched_ = loop_.descriptors().add(stream_->descriptor(), what, *this).has_value();
  if (watched_) wait_until_deadline();
  return watched_;
}

bool lingering::send() noexcept {
  const io_result result = output_.send(*stream_, loop_.chunks());
  if (result.what == io_result::outcome::moved) stream_->finish();
  return result.what == io_result::outcome::moved || result.what == io_result::outcome::would_block;
}

// Once everything is sent, a peer that does not end its side is not waited for much longer.
void lingering::wait_until_deadline() noexcept {
  const bool sent = output_.pending() == 0;
  loop_.timers().set(deadline_, sent ? std::min(latest_, loop_.now() + grace) : latest_);
}

void lingering::on_readable() noexcept {
  const io_result result = stream_->read(loop_.input());
  if (result.what == io_result::outcome::closed || result.what == io_result::outcome::failed) keeper_.finished(*this);
}

void lingering::on_writable() noexcept {
  if (!send()) return keeper_.finished(*this);
  if (output_.pending() != 0) return;
  loop_.descriptors().modify(stream_->descriptor(), interest::read, *this);
  wait_until_deadline();
}

}  // namespace nanonng::net
