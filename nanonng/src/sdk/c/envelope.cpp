#include "envelope.hpp"

#include <chrono>
#include <random>

namespace nanonng::sdk::c {
namespace {

/// Drawn once per process. Not zero, so that a header part of zeros is no mark.
std::uint64_t cookie_of_this_process() noexcept {
  static const std::uint64_t drawn = []() noexcept -> std::uint64_t {
    try {
      std::random_device from;
      return (std::uint64_t{from()} << 32U | from()) | 1U;
    } catch (...) {  // no source of randomness: the loader's and the clock's will have to do
      const auto now = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
      return (now * 0x9E37'79B9'7F4A'7C15U ^ reinterpret_cast<std::uintptr_t>(&now)) | 1U;
    }
  }();
  return drawn;
}

/// FNV-1a.
std::uint32_t checksum_of(nanolib::bytes fields) noexcept {
  std::uint32_t sum = 2'166'136'261U;
  for (const std::byte b : fields) sum = (sum ^ std::to_integer<std::uint32_t>(b)) * 16'777'619U;
  return sum;
}

std::uint32_t read_size(nanolib::bytes from) noexcept {
  std::uint32_t size = 0;
  std::memcpy(&size, from.data(), sizeof size);
  return size;
}

void append_field(std::vector<std::byte>& to, const field& what) {
  const std::size_t at = to.size();
  to.resize(at + field_writer::size_of(what.bytes.size()));
  field_writer(to.data() + at).add(what.kind, what.bytes);
}

}  // namespace

name_and_value split_user_property(std::string_view field_bytes) noexcept {
  if (field_bytes.size() < 5) return {};
  const std::size_t name = read_size(nanolib::as_bytes(field_bytes));
  if (name > field_bytes.size() - 5) return {};
  return {field_bytes.substr(4, name), field_bytes.substr(4 + name + 1)};
}

bool field_reader::next(field& into) noexcept {
  constexpr std::size_t front = 1 + 4;
  if (rest_.size() <= front) return false;
  const std::size_t size = read_size(rest_.subspan(1));
  if (size >= rest_.size() - front) return false;
  into.kind = static_cast<field_kind>(rest_.front());
  into.bytes = nanolib::as_text(rest_.subspan(front, size));
  rest_ = rest_.subspan(front + size + 1);
  return true;
}

void field_writer::put(const void* from, std::size_t size) noexcept {
  if (size != 0) std::memcpy(at_, from, size);
  at_ += size;
}

void field_writer::open(field_kind kind, std::size_t size) noexcept {
  *at_++ = static_cast<std::byte>(kind);
  const auto short_size = static_cast<std::uint32_t>(size);
  put(&short_size, sizeof short_size);
}

void field_writer::add(field_kind kind, std::string_view bytes) noexcept {
  open(kind, bytes.size());
  put(bytes.data(), bytes.size());
  *at_++ = std::byte{0};
}

void field_writer::add(field_kind kind, std::uint32_t number) noexcept {
  add(kind, std::string_view(reinterpret_cast<const char*>(&number), sizeof number));
}

void field_writer::add_user_property(std::string_view name, std::string_view value) noexcept {
  open(field_kind::user_property, 4 + name.size() + 1 + value.size());
  const auto name_size = static_cast<std::uint32_t>(name.size());
  put(&name_size, sizeof name_size);
  put(name.data(), name.size());
  *at_++ = std::byte{0};
  put(value.data(), value.size());
  *at_++ = std::byte{0};
}

envelope::envelope(nng_msg* msg) noexcept : msg_(msg) {
  if (nng_msg_header_len(msg) != sizeof mark_) return;
  envelope_mark there;
  std::memcpy(&there, nng_msg_header(msg), sizeof there);
  if (there.cookie != cookie_of_this_process()) return;
  mark_ = there;
  damaged_ = mark_.size > nng_msg_len(msg);
  if (damaged_) mark_.size = 0;
}

bool envelope::intact() const noexcept {
  return !damaged_ && (mark_.size == 0 || checksum_of(fields()) == mark_.checksum);
}

std::optional<std::string_view> envelope::find(field_kind kind) const noexcept {
  field_reader reader(fields());
  for (field f; reader.next(f);) {
    if (f.kind == kind) return f.bytes;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> envelope::find_number(field_kind kind) const noexcept {
  const auto bytes = find(kind);
  if (!bytes || bytes->size() != sizeof(std::uint32_t)) return std::nullopt;
  return read_size(nanolib::as_bytes(*bytes));
}

void write_mark(nng_msg* msg, envelope_mark mark) noexcept {
  mark.cookie = cookie_of_this_process();
  mark.checksum = checksum_of({static_cast<const std::byte*>(nng_msg_body(msg)), mark.size});
  nng_msg_header_clear(msg);
  // The header part has 64 bytes, and is empty now.
  (void)nng_msg_header_append(msg, &mark, sizeof mark);
}

int replace_fields(nng_msg* msg, const envelope& before, nanolib::bytes fields) noexcept {
  const std::size_t old = before.mark().size;
  const std::size_t payload = before.payload_size();
  envelope_mark mark = before.mark();
  mark.size = static_cast<std::uint32_t>(fields.size());
  if (fields.size() > old) {
    // Not nng_msg_insert(): in nng 1.5.2 it writes past the end of a body that has some room in front, but not enough.
    if (const int rv = nng_msg_realloc(msg, fields.size() + payload); rv != 0) return rv;
    auto* const body = static_cast<std::byte*>(nng_msg_body(msg));
    std::memmove(body + fields.size(), body + old, payload);
  } else if (fields.size() < old) {
    (void)nng_msg_trim(msg, old - fields.size());
  }
  if (!fields.empty()) std::memcpy(nng_msg_body(msg), fields.data(), fields.size());
  write_mark(msg, mark);
  return 0;
}

std::vector<std::byte> fields_without(const envelope& from, field_kind kind, std::size_t room_for) {
  std::vector<std::byte> made;
  made.reserve(from.fields().size() + room_for);
  field_reader reader(from.fields());
  for (field f; reader.next(f);) {
    if (f.kind != kind) append_field(made, f);
  }
  return made;
}

std::vector<std::byte> topic_field_of(const envelope& from) {
  std::vector<std::byte> made;
  if (const auto topic = from.find(field_kind::topic)) append_field(made, {field_kind::topic, *topic});
  return made;
}

}  // namespace nanonng::sdk::c
