#include "store_dump.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "nanolib/topic/topic.hpp"

namespace nanomq::program {
namespace {

using nanolib::json_writer;

/// Rows fetched at a time.
constexpr nanolib::window_limits window{.rows = 512, .bytes = 4U << 20U};

std::string base64(nanolib::bytes data) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < data.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t byte = 0; byte < 3; ++byte) {
      group = group << 8U | (at + byte < data.size() ? std::to_integer<std::uint32_t>(data[at + byte]) : 0);
    }
    for (std::uint32_t digit = 0; digit < 4; ++digit) {
      out += at + digit > data.size() ? '=' : digits[group >> (18 - 6 * digit) & 0x3FU];
    }
  }
  return out;
}

/// As `name`, or where it is no text as `name`_base64.
void write_bytes(json_writer& json, std::string_view name, nanolib::bytes data) {
  if (nanolib::is_valid_utf8(data)) {
    json.text(name, nanolib::as_text(data));
  } else {
    json.text(std::string(name) + "_base64", base64(data));
  }
}

class dumper final : public nanolib::store_visitor {
 public:
  dumper(const nanolib::clock_reading& at, const dump_options& how, const line_sink& into)
      : at_(at), how_(how), into_(into) {}

  void on_session(const nanolib::stored_session& one) override {
    begin("session");
    number("session", one.key);
    json_.text("client_id", one.client_id);
    if (!one.user.empty()) json_.text("user", one.user);
    number("expiry_s", one.expiry_s);
    json_.truth("connected", one.connected);
    deadline("ends", one.ends);
    end();
  }
  void on_subscription(nanolib::session_key session, std::string_view filter,
                       const nanolib::subscription_options& options) override {
    begin("subscription");
    number("session", session);
    json_.text("filter", filter);
    number("qos", static_cast<unsigned>(options.qos));
    json_.truth("no_local", options.no_local);
    json_.truth("retain_as_published", options.retain_as_published);
    if (options.identifier != 0) number("identifier", options.identifier);
    end();
  }
  void on_unreleased(nanolib::session_key session, std::uint16_t packet_identifier) override {
    begin("unreleased");
    number("session", session);
    number("packet_identifier", packet_identifier);
    end();
  }
  void on_will(nanolib::session_key session, const nanolib::stored_will& one) override {
    begin("will");
    number("session", session);
    deadline("due", one.due);
    number("delay_s", one.delay_s);
    if (one.expires) number("expiry_s", one.expiry_s);
    write_message(*one.what);
    end();
  }
  void on_retained(const nanolib::message_ptr& one) override {
    begin("retained");
    write_message(*one);
    end();
  }
  void on_queue(nanolib::session_key session, const nanolib::queue_extent& extent) override {
    queues_[session] = extent;
  }
  // They come again with their queue.
  void on_exceptional_row(nanolib::session_key, const nanolib::stored_row&) override {}

  [[nodiscard]] const std::map<nanolib::session_key, nanolib::queue_extent>& queues() const { return queues_; }
  [[nodiscard]] bool wanted() const { return wanted_; }

  void write_row(nanolib::session_key session, const nanolib::stored_row& row) {
    begin("queued");
    number("session", session);
    number("sequence", row.sequence);
    number("packet_identifier", row.packet_identifier);
    json_.truth("released", row.stage == nanolib::row_stage::released);
    number("delivery_qos", static_cast<unsigned>(row.what.qos));
    if (!row.share.empty()) json_.text("share", row.share);
    if (row.what.identifiers) {
      json_.key("identifiers");
      json_.begin_array();
      for (const std::uint32_t one : row.what.identifiers->values()) json_.number(one);
      json_.end_array();
    }
    write_message(*row.what.what);
    end();
  }

 private:
  void begin(std::string_view type) {
    line_.clear();
    json_.begin_object();
    json_.text("type", type);
  }
  void end() {
    json_.end_object();
    line_ += '\n';
    wanted_ = wanted_ && into_(line_);
  }
  void number(std::string_view name, std::uint64_t value) { json_.number(name, static_cast<std::int64_t>(value)); }
  void deadline(std::string_view name, nanolib::instant when) {
    json_.key(name);
    if (when == nanolib::never) {
      json_.null();
    } else {
      json_.text(civil_text(at_.wall + (when - at_.now)));
    }
  }
  void write_message(const nanolib::message& what) {
    json_.text("topic", what.topic());
    number("qos", static_cast<unsigned>(what.qos()));
    json_.truth("retain", what.retained());
    if (what.expires()) deadline("expires", what.expiry());
    if (!what.properties().empty()) json_.text("properties_base64", base64(what.properties()));
    if (how_.payloads) {
      write_bytes(json_, "payload", what.payload());
    } else {
      number("payload_bytes", what.payload().size());
    }
  }

  nanolib::clock_reading at_;
  dump_options how_;
  const line_sink& into_;
  std::string line_;
  json_writer json_{line_};
  std::map<nanolib::session_key, nanolib::queue_extent> queues_;
  bool wanted_ = true;
};

}  // namespace

std::string civil_text(nanolib::wall_time when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const std::time_t whole = seconds.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&whole, &parts);
  std::array<char, 32> day{};
  std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> rest{};
  std::snprintf(rest.data(), rest.size(), ".%03dZ", static_cast<int>((when - seconds).count()));
  return std::string(day.data()) + rest.data();
}

nanolib::result<dump_report> dump_store(nanolib::store& from, const nanolib::clock_reading& at, const dump_options& how,
                                        const line_sink& into) {
  dumper writer(at, how, into);
  const auto loaded = from.load(at, writer);
  if (!loaded) return std::unexpected(loaded.error());
  dump_report report{loaded->damaged};
  for (const auto& [session, extent] : writer.queues()) {
    for (nanolib::queue_sequence next = extent.first; next != 0 && writer.wanted();) {
      const auto read = from.read_queue(session, next, extent.last + 1, window, at);
      if (!read) return std::unexpected(read.error());
      for (const nanolib::stored_row& row : read->rows) writer.write_row(session, row);
      report.damaged += read->damaged;
      next = read->next;
    }
  }
  if (!writer.wanted()) return std::unexpected(nanolib::error{nanolib::error_domain::sys, EPIPE});
  return report;
}

}  // namespace nanomq::program
