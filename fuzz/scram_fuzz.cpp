// What clients say in SCRAM. The first byte says which message it is; the whole conversation is had as well.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "nanomq/access/exchange_method.hpp"
#include "scram_message.hpp"

namespace {

using nanomq::access::password_file;

void require(bool holds) {
  if (!holds) std::abort();
}

bool no_nonce(std::string& into) {
  into += "server";
  return true;
}

const nanomq::access::exchange_method& method() {
  static const auto made = [] {
    std::string why;
    auto file = password_file::read(
        "user:$scram-sha-256$i=4096$W22ZaJ0SNY7soEsUEjb6gQ$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY$"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU\n",
        "users", why);
    require(file.has_value());
    return nanomq::access::make_scram_method(std::make_shared<const password_file>(std::move(*file)), no_nonce);
  }();
  require(made != nullptr);
  return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto first = nanomq::access::read_scram_first(text);
  if (first) {
    require(std::string(first->header) + std::string(first->bare) == text);
    require(!first->user_name.empty() && !first->nonce.empty());
  }
  const auto last = nanomq::access::read_scram_final(text);
  if (last) require(text.starts_with(last->without_proof) && !last->nonce.empty());
  // Nobody comes in by a guess.
  const auto begun = method().begin();
  std::string answer;
  const auto half = text.find('\n');
  const auto came = begun->hear(nanolib::as_bytes(text.substr(0, half)), answer);
  require((came == nanomq::broker::exchange::outcome::goes_on) == !answer.empty());
  if (answer.empty() || half == std::string_view::npos) return 0;
  std::string verdict;
  require(begun->hear(nanolib::as_bytes(text.substr(half + 1)), verdict) == nanomq::broker::exchange::outcome::ended);
  require(is_error(begun->admitted().reason) && verdict.empty());
  return 0;
}
