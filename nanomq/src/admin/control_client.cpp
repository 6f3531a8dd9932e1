#include "nanomq/admin/control_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "nanolib/base/json_object.hpp"
#include "nanonng/net/stream.hpp"

namespace nanomq::admin {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;

constexpr std::size_t longest_answer = 32U * 1024 * 1024;

std::unexpected<error> failure(int code) { return std::unexpected(error{error_domain::sys, code}); }

/// A socket whose calls end when the time is over.
class patient_socket {
 public:
  explicit patient_socket(nanolib::duration patience)
      : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        deadline_(nanolib::system_clock().now() + patience) {}
  patient_socket(const patient_socket&) = delete;
  patient_socket& operator=(const patient_socket&) = delete;
  ~patient_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  result<void> connect(const std::string& path) {
    if (descriptor_ < 0) return std::unexpected(nanolib::last_system_error());
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof name.sun_path) return failure(ENAMETOOLONG);
    path.copy(name.sun_path, path.size());
    if (!limit()) return failure(ETIMEDOUT);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return why();
    return {};
  }

  result<void> send(std::string_view text) {
    while (!text.empty()) {
      if (!limit()) return failure(ETIMEDOUT);
      const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return why();
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  /// Up to a line's end, without it.
  result<std::string> receive_line() {
    std::string out;
    std::array<char, 16'384> buffer;
    while (out.size() <= longest_answer) {
      if (!limit()) return failure(ETIMEDOUT);
      const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::unexpected(why().error());
      const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
      const auto end = piece.find('\n');
      out.append(piece.substr(0, end));
      if (end != std::string_view::npos) return out;
      if (piece.empty()) break;
    }
    return failure(EPROTO);
  }

 private:
  // Calls from here on may take what is left of the time.
  bool limit() const {
    const auto left = deadline_ - nanolib::system_clock().now();
    if (left.count() <= 0) return false;
    timeval time{};
    time.tv_sec = static_cast<time_t>(left.count() / 1'000);
    time.tv_usec = static_cast<suseconds_t>(left.count() % 1'000 * 1'000);
    return ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0 &&
           ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) == 0;
  }

  static result<void> why() {
    const bool late = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS;
    return late ? failure(ETIMEDOUT) : std::unexpected(nanolib::last_system_error());
  }

  int descriptor_;
  nanolib::instant deadline_;
};

result<control_answer> read_answer(std::string line) {
  using kind = nanolib::json_member::kind;
  const auto members = nanolib::read_json_object(line);
  if (!members) return failure(EPROTO);
  const auto text = [&](std::string_view name) {
    const auto* found = nanolib::find_member(*members, name);
    return found != nullptr && found->is == kind::text ? found->text : std::string();
  };
  const auto* ok = nanolib::find_member(*members, "ok");
  if (ok == nullptr || ok->is != kind::truth) return failure(EPROTO);
  control_answer out{.ok = ok->truth, .line = {}, .text = text("text"), .error = text("error")};
  if (!out.ok) {
    const auto* status = nanolib::find_member(*members, "exit_status");
    const bool sensible = status != nullptr && status->is == kind::number && status->number > 0 && status->number < 126;
    out.exit_status = sensible ? static_cast<int>(status->number) : 1;
  }
  out.line = std::move(line);
  return out;
}

}  // namespace

result<control_answer> ask_control(const std::string& path, std::string_view request, nanolib::duration patience) {
  patient_socket socket(patience);
  if (const auto connected = socket.connect(path); !connected) return std::unexpected(connected.error());
  // Whoever answers decides what is shown: nobody but ourselves and root may, unless we are root and ask for somebody.
  const auto other = nanonng::net::peer_user(socket.descriptor());
  const auto own = ::geteuid();
  if (own != 0 && (!other || (*other != 0 && *other != own))) return failure(EPERM);
  // A broker that turns us away may have closed before all of this arrives: its answer counts all the same.
  const auto sent = socket.send(std::string(request) + "\n");
  auto line = socket.receive_line();
  if (!line) return std::unexpected(sent ? line.error() : sent.error());
  return read_answer(std::move(*line));
}

}  // namespace nanomq::admin
