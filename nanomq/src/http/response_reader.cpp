#include "nanomq/http/response_reader.hpp"

#include <algorithm>
#include <charconv>

#include "nanonng/net/http_head.hpp"

namespace nanomq::http {
namespace {

using nanonng::net::http_fault;
using nanonng::net::http_head;

/// What may be behind the size of a chunk.
constexpr std::size_t longest_line = 1024;

/// "HTTP/1.1 200 OK": 0 when it is not that. Spec: RFC 9112 §4.
int read_status(std::string_view line, bool& is_1_0) noexcept {
  is_1_0 = line.starts_with("HTTP/1.0 ");
  if (!is_1_0 && !line.starts_with("HTTP/1.1 ")) return 0;
  line.remove_prefix(9);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit)) return 0;
  if (line.size() > 3 && line[3] != ' ') return 0;
  int status = 0;
  std::from_chars(line.data(), line.data() + 3, status);
  return status >= 100 ? status : 0;
}

/// Digits to the end and nothing else. False also for what no size can be.
bool read_size(std::string_view text, int base, std::size_t longest, std::size_t& into) noexcept {
  if (text.empty() || text.size() > longest) return false;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace

response_reader::state response_reader::read(nanolib::bytes input, std::size_t& used) {
  const std::string_view text = nanolib::as_text(input);
  used = 0;
  if (!text.empty()) has_begun_ = true;
  for (;;) {
    const std::size_t before = used;
    const part at = at_;
    state said = state::need_more;
    switch (at) {
      case part::head:
        said = read_head(text, used);
        break;
      case part::sized:
      case part::chunk:
      case part::until_close:
        said = read_sized(text, used);
        break;
      case part::chunk_size:
      case part::chunk_end:
      case part::trailer:
        said = read_line(text, used);
        break;
      case part::over:
        return state::done;
    }
    if (said != state::need_more) return said;
    if (used == before && at_ == at) return state::need_more;
  }
}

response_reader::state response_reader::end() noexcept {
  return at_ == part::over || at_ == part::until_close ? state::done : state::need_more;
}

response_reader::state response_reader::read_head(std::string_view input, std::size_t& used) {
  if (used == input.size()) return state::need_more;
  http_head head;
  switch (nanonng::net::read_http_head(input.substr(used), limits_.max_head, limits_.max_headers, head)) {
    case http_fault::none:
      break;
    case http_fault::incomplete:
      return state::need_more;
    case http_fault::malformed:
      return state::malformed;
    case http_fault::too_large:
      return state::too_large;
  }
  bool is_1_0 = false;
  answer_.status = read_status(head.first_line, is_1_0);
  if (answer_.status == 0 || answer_.status == 101) return state::malformed;
  used += head.size;
  if (answer_.status < 200) {
    overhead_ += head.size;
    return overhead_ > limits_.max_head ? state::too_large : state::need_more;
  }
  answer_.headers.reserve(head.headers.size());
  for (const auto& [name, value] : head.headers) answer_.headers.push_back({std::string(name), std::string(value)});
  keeps_alive_ = is_1_0 ? head.lists("Connection", "keep-alive") : !head.lists("Connection", "close");
  const std::size_t codings = head.count("Transfer-Encoding");
  const std::size_t lengths = head.count("Content-Length");
  // Two lengths are two readings of one answer. Spec: RFC 9112 §6.3.
  if (codings + lengths > 1 || (codings == 1 && is_1_0)) return state::malformed;
  if (lengths == 1 && !read_size(head.value("Content-Length"), 10, 18, left_)) return state::malformed;
  if (codings == 1 && !nanonng::net::equal_without_case(head.value("Transfer-Encoding"), "chunked")) {
    return state::malformed;
  }
  return begin_body(codings == 1, lengths == 1);
}

response_reader::state response_reader::begin_body(bool is_chunked, bool is_sized) {
  if (answer_.status == 204 || answer_.status == 304) {
    keeps_alive_ = keeps_alive_ && !is_chunked && left_ == 0;
    at_ = part::over;
    return state::done;
  }
  if (is_chunked) {
    at_ = part::chunk_size;
  } else if (is_sized) {
    if (left_ > limits_.max_body) return state::too_large;
    at_ = part::sized;
  } else {
    answer_.ended_by_close = true;
    keeps_alive_ = false;
    left_ = std::string::npos;
    at_ = part::until_close;
  }
  return state::need_more;
}

response_reader::state response_reader::read_sized(std::string_view input, std::size_t& used) {
  const std::string_view piece = input.substr(used, left_);
  if (piece.size() > limits_.max_body - answer_.body.size()) return state::too_large;
  answer_.body += piece;
  used += piece.size();
  if (at_ == part::until_close) return state::need_more;
  left_ -= piece.size();
  if (left_ > 0) return state::need_more;
  if (at_ == part::sized) {
    at_ = part::over;
    return state::done;
  }
  at_ = part::chunk_end;
  return state::need_more;
}

response_reader::state response_reader::read_line(std::string_view input, std::size_t& used) {
  const std::string_view rest = input.substr(used);
  const std::size_t end = rest.find('\n');
  if (std::min(end, rest.size()) > longest_line) return state::too_large;
  if (end == std::string_view::npos) return state::need_more;
  if (end == 0 || rest[end - 1] != '\r') return state::malformed;
  overhead_ += end + 1;
  if (overhead_ > limits_.max_head) return state::too_large;
  used += end + 1;
  return take_line(rest.substr(0, end - 1));
}

// Spec: RFC 9112 §7.1. What is said in extensions and trailers is not looked at.
response_reader::state response_reader::take_line(std::string_view line) {
  if (!nanonng::net::is_http_field_text(line)) return state::malformed;
  if (at_ == part::chunk_end) {
    at_ = part::chunk_size;
    return line.empty() ? state::need_more : state::malformed;
  }
  if (at_ == part::trailer) {
    if (!line.empty()) return line.contains(':') ? state::need_more : state::malformed;
    at_ = part::over;
    return state::done;
  }
  std::string_view size = line.substr(0, line.find(';'));
  while (size.ends_with(' ') || size.ends_with('\t')) size.remove_suffix(1);
  if (!read_size(size, 16, 8, left_)) return state::malformed;
  if (left_ > limits_.max_body - answer_.body.size()) return state::too_large;
  at_ = left_ == 0 ? part::trailer : part::chunk;
  return state::need_more;
}

}  // namespace nanomq::http
