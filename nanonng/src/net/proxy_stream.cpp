// Takes the PROXY header off a connection.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "nanonng/net/proxy_header.hpp"

namespace nanonng::net {

namespace {

using outcome = io_result::outcome;

class proxy_stream final : public stream {
 public:
  explicit proxy_stream(std::unique_ptr<stream> over) noexcept : lower_(std::move(over)) {}

  io_result read(std::span<std::byte> into) noexcept override {
    if (phase_ == phase::behind) return lower_->read(into);
    if (phase_ == phase::failed) return {outcome::failed, 0, error_};
    const io_result below = lower_->read(into);
    if (below.what == outcome::closed) return fail(ECONNRESET, "the peer closed within the header");
    if (below.what != outcome::moved) return below;
    try {
      return take(into, below);
    } catch (const std::bad_alloc&) {
      return fail(ENOMEM, "memory is short");
    }
  }
  io_result write(std::span<const iovec> from) noexcept override { return lower_->write(from); }
  void finish() noexcept override { lower_->finish(); }
  [[nodiscard]] std::uint8_t wants() const noexcept override { return lower_->wants(); }
  [[nodiscard]] int descriptor() const noexcept override { return lower_->descriptor(); }
  [[nodiscard]] std::string peer() const override { return source_.empty() ? lower_->peer() : source_; }
  [[nodiscard]] const tls_identity* identity() const noexcept override { return lower_->identity(); }
  [[nodiscard]] std::string failure() const override {
    return why_.empty() ? lower_->failure() : "PROXY header: " + std::string(why_);
  }

 private:
  enum class phase : std::uint8_t { header, behind, failed };

  /// What has come of the header; what comes behind it moves to the front of the caller's buffer.
  io_result take(std::span<std::byte> into, const io_result& below) {
    const std::size_t before = kept_.size();
    const std::span<std::byte> arrived = into.first(below.bytes);
    const std::size_t looked_at = std::min(arrived.size(), largest_proxy_header - before);
    kept_.insert(kept_.end(), arrived.begin(), arrived.begin() + static_cast<std::ptrdiff_t>(looked_at));
    proxy_header header = read_proxy_header(kept_);
    if (header.what == proxy_header::state::need_more) return {outcome::would_block, 0, {}, below.hints};
    if (header.what == proxy_header::state::malformed) return fail(EPROTO, header.why);
    std::vector<std::byte>().swap(kept_);
    source_ = std::move(header.source);
    phase_ = phase::behind;
    const std::span<std::byte> rest = arrived.subspan(header.used - before);
    if (rest.empty()) return {outcome::would_block, 0, {}, below.hints};
    std::memmove(into.data(), rest.data(), rest.size());
    return {outcome::moved, rest.size(), {}, below.hints};
  }

  io_result fail(int code, std::string_view why) noexcept {
    phase_ = phase::failed;
    error_ = {nanolib::error_domain::sys, code};
    why_ = why;
    return {outcome::failed, 0, error_};
  }

  std::unique_ptr<stream> lower_;
  std::vector<std::byte> kept_;  ///< the header as far as it has come
  std::string source_;
  std::string_view why_;
  nanolib::error error_{};
  phase phase_ = phase::header;
};

}  // namespace

std::unique_ptr<stream> make_proxy_stream(std::unique_ptr<stream> over) noexcept {
  return std::unique_ptr<stream>(new (std::nothrow) proxy_stream(std::move(over)));
}

}  // namespace nanonng::net
