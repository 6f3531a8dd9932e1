// What a server answers, whole and in pieces: the same answer or none, within the bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "nanomq/http/response_reader.hpp"

namespace {

using nanomq::http::response;
using nanomq::http::response_limits;
using nanomq::http::response_reader;

constexpr response_limits bounds{.max_head = 2048, .max_headers = 8, .max_body = 256};

struct outcome {
  response_reader::state said = response_reader::state::need_more;
  response answer;
  bool keeps_alive = false;
};

bool is_refused(const outcome& what) {
  return what.said == response_reader::state::malformed || what.said == response_reader::state::too_large;
}

outcome read(nanolib::bytes input, std::size_t step) {
  response_reader subject(bounds);
  std::vector<std::byte> held;
  while (!input.empty()) {
    const nanolib::bytes piece = input.first(std::min(step, input.size()));
    input = input.subspan(piece.size());
    held.insert(held.end(), piece.begin(), piece.end());
    std::size_t used = 0;
    const auto said = subject.read(held, used);
    if (used > held.size()) std::abort();
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(used));
    if (said != response_reader::state::need_more) return {said, subject.take(), subject.keeps_alive()};
  }
  const auto said = subject.end();
  return {said, subject.take(), subject.keeps_alive()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const nanolib::bytes input = std::as_bytes(std::span(data, size));
  const outcome whole = read(input, size);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{64}}) {
    const outcome pieces = read(input, step);
    // Which of two things that are wrong is found first may depend on the pieces.
    if (is_refused(pieces) != is_refused(whole)) std::abort();
    if (!is_refused(whole) && pieces.said != whole.said) std::abort();
    if (whole.said != response_reader::state::done) continue;
    if (pieces.answer.status != whole.answer.status || pieces.answer.body != whole.answer.body) std::abort();
    if (pieces.keeps_alive != whole.keeps_alive) std::abort();
  }
  if (whole.said == response_reader::state::done) {
    if (whole.answer.status < 200 || whole.answer.status > 999) std::abort();
    if (whole.answer.body.size() > bounds.max_body || whole.answer.headers.size() > bounds.max_headers) std::abort();
  }
  return 0;
}
