#include "nanonng/net/sp_stream.hpp"

#include <new>
#include <utility>

#include "sp_input.hpp"
#include "sp_output.hpp"

namespace nanonng::net {

sp_stream::sp_stream() noexcept = default;
sp_stream::~sp_stream() = default;

nanolib::result<std::unique_ptr<sp_stream>> sp_stream::open(sp_socket& through, sp_stream_handler& handler,
                                                            const sp_stream_options& options) noexcept {
  const std::unexpected no_memory(nanolib::error{nanolib::error_domain::nng, NNG_ENOMEM});
  const auto& traits = traits_of(through.protocol());
  try {
    std::unique_ptr<sp_stream> made(new sp_stream);
    if (traits.sends) {
      made->output_ = std::make_unique<output>(through, handler, options);
      if (!made->output_->open()) return no_memory;
    }
    if (traits.receives) {
      made->input_ = std::make_unique<input>(through, handler, options);
      if (!made->input_->open()) return no_memory;
    }
    return made;
  } catch (const std::bad_alloc&) {
    return no_memory;
  }
}

sp_message sp_stream::take() noexcept { return input_ ? input_->take() : sp_message(); }
bool sp_stream::has_room() const noexcept { return output_ && output_->has_room(); }
std::uint64_t sp_stream::send(sp_message&& what, bool awaited) noexcept {
  return output_->send(std::move(what), awaited);
}
std::uint64_t sp_stream::taken() const noexcept { return output_ ? output_->taken() : 0; }
std::size_t sp_stream::unsent() const noexcept { return output_ ? output_->unsent() : 0; }

sp_stream::figures sp_stream::count() const noexcept {
  figures all;
  if (input_) input_->read(all);
  if (output_) output_->read(all);
  return all;
}

}  // namespace nanonng::net
