#include "nanomq/config/mosquitto_convert.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <tuple>

#include "mosquitto_listener.hpp"
#include "mosquitto_reader.hpp"
#include "mosquitto_writer.hpp"
#include "nanomq/access/password_file.hpp"
#include "nanomq/access/rule_reader.hpp"
#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

constexpr std::uint64_t largest_packet = 268'435'460;
constexpr std::uint64_t beside_payload = 65'536;  // the longest topic, and the rest of a PUBLISH

// What check() of the reader let through; a negative number is 0.
std::uint64_t number_of(const mosquitto_line& line) {
  std::int64_t number = 0;
  std::from_chars(line.value.data(), line.value.data() + line.value.size(), number);
  return number < 0 ? 0 : static_cast<std::uint64_t>(number);
}

class converter {
 public:
  converter(const mosquitto_document& from, mosquitto_files& files, std::vector<mosquitto_note>& notes)
      : from_(&from), files_(&files), out_(notes) {}

  std::string run(const std::string& path) {
    opened_ = write_mosquitto_listeners(*from_, out_);
    for (const auto& line : from_->broker.lines) {
      const bool counts = line.option->type == mosquitto_type::texts || from_->broker.find(line.name) == &line;
      if (counts) write(line);
    }
    write_users_and_rules("password_file");
    write_users_and_rules("acl_file");
    warn_of_nobody();
    write_packet_size();
    write_topic_alias();
    write_log();
    write_store();
    for (const auto& bridge : from_->bridges) {
      out_.warn(bridge.lines.front(), "there are no bridges to other MQTT brokers here yet; '" +
                                          bridge.lines.front().value + "' is kept as a comment");
      for (const auto& line : bridge.lines) out_.keep(line);
    }
    return out_.text(path);
  }

 private:
  [[nodiscard]] bool per_listener() const { return from_->broker.is_true("per_listener_settings"); }

  void write(const mosquitto_line& line) {
    const auto& row = *line.option;
    switch (row.step) {
      case mosquitto_step::copy:
        return out_.set(std::string(row.key), line.value, {&line});
      case mosquitto_step::seconds:
        return out_.set(std::string(row.key), line.value + "s", {&line});
      case mosquitto_step::pass_over:
        return out_.pass_over(line, row.meaning);
      case mosquitto_step::pass_false:
        if (line.value == "true") out_.pass_over(line, row.meaning);
        return;
      case mosquitto_step::refuse_true:
        if (line.value == "false") return;
        [[fallthrough]];
      case mosquitto_step::refuse:
        return out_.refuse(line, "'" + line.name + "' cannot be left out: " + std::string(row.meaning));
      case mosquitto_step::special:
        return write_special(line);
    }
  }

  void write_special(const mosquitto_line& line) {
    const auto most = [&](std::uint64_t unlimited) {
      return std::to_string(number_of(line) == 0 ? unlimited : number_of(line));
    };
    if (line.name == "allow_anonymous" && !per_listener()) out_.set("auth.allow_anonymous", line.value, {&line});
    if (line.name == "max_inflight_messages") {
      out_.set("mqtt.max_inflight", most(65'535), {&line});
      out_.set("mqtt.receive_maximum", most(65'535), {&line});
    }
    if (line.name == "max_queued_messages") write_queue("max_queue_messages", most(1'000'000'000), line);
    if (line.name == "max_queued_bytes") write_queue("max_queue_bytes", most(1'099'511'627'776), line);
    if (line.name == "retain_available" && line.value == "false") out_.set("mqtt.max_retained_messages", "0", {&line});
    if (line.name == "persistent_client_expiration") write_expiration(line);
  }

  void write_queue(const std::string& key, const std::string& value, const mosquitto_line& line) {
    out_.set("mqtt." + key, value, {&line});
    if (from_->broker.is_true("persistence")) out_.set("store." + key, value, {&line});
  }

  void write_expiration(const mosquitto_line& line) {
    constexpr std::array<std::pair<char, std::uint64_t>, 5> units{
        {{'h', 1}, {'d', 24}, {'w', 7 * 24}, {'m', 30 * 24}, {'y', 365 * 24}}};
    std::uint64_t count = 0;
    const auto* const end = line.value.data() + line.value.size();
    const auto [rest, fault] = std::from_chars(line.value.data(), end, count);
    const auto* const unit =
        std::ranges::find(units, rest == end ? '\0' : *rest, &std::pair<char, std::uint64_t>::first);
    if (fault != std::errc{} || unit == units.end() || rest + 1 != end || count > 1'000'000) {
      return out_.refuse(line, "'persistent_client_expiration' is a number and one of h, d, w, m, y");
    }
    out_.set("mqtt.max_session_expiry", std::to_string(count * unit->second) + "h", {&line});
  }

  // One file for all listeners. Where they name several, each would admit the users of the others.
  void write_users_and_rules(std::string_view name) {
    const mosquitto_line* first = nullptr;
    const auto take = [&](const mosquitto_line& line) {
      if (first != nullptr && first->value != line.value) {
        out_.refuse(line, "there is one '" + std::string(name) + "' for all listeners, and " + first->file + ":" +
                              std::to_string(first->number) + " names another; merge them");
      }
      if (first == nullptr) first = &line;
    };
    if (!per_listener()) {
      for (const auto& line : from_->broker.lines) {
        if (line.name == name) take(line);
      }
    } else {
      for (const auto* const section : opened_) {
        if (const auto* const line = section->find(name)) take(*line);
      }
    }
    if (first == nullptr) return;
    for (const auto* const section : opened_) {
      if (!per_listener() || section->find(name) != nullptr) continue;
      out_.warn(section->lines.front(),
                "this listener has no '" + std::string(name) + "'; " + first->value + " holds for it, too");
    }
    out_.set("auth." + std::string(name), quoted(first->value), {first});
    check_file(*first);
  }

  // Where nobody could connect for want of users, here everybody on this machine can.
  void warn_of_nobody() {
    if (from_->broker.find("password_file") != nullptr) return;
    constexpr std::string_view text =
        "with mosquitto nobody could connect, for want of users; here anybody on this machine can until there are some";
    for (const auto* const section : opened_) {
      const bool anybody = (per_listener() ? *section : from_->broker).is_true("allow_anonymous");
      const bool shows_who = section->is_true("require_certificate") || section->find("psk_hint") != nullptr;
      if (!anybody && !shows_who) out_.warn(section->lines.front(), std::string(text));
    }
    const auto* const forbidden = from_->broker.find("allow_anonymous");
    if (opened_.empty() && forbidden != nullptr && forbidden->value == "false")
      out_.warn(*forbidden, std::string(text));
  }

  // Whether our readers take it.
  void check_file(const mosquitto_line& line) {
    std::string why;
    const auto text = files_->read(line.value, why);
    if (!text) return out_.warn(line, line.value + ": " + why + "; not looked into");
    const bool good = line.name == "acl_file" ? access::read_rules(*text, line.value, why).has_value()
                                              : access::password_file::read(*text, line.value, why).has_value();
    if (!good) out_.refuse(line, why);
  }

  void write_packet_size() {
    const auto* const packet = from_->broker.find("max_packet_size");
    const auto* const payload = from_->broker.find("message_size_limit");
    if (packet == nullptr && payload == nullptr) return;
    std::uint64_t size = largest_packet;
    std::vector<const mosquitto_line*> lines;
    if (packet != nullptr) {
      if (number_of(*packet) != 0) size = number_of(*packet);
      lines.push_back(packet);
    }
    if (payload != nullptr) {
      if (number_of(*payload) != 0) size = std::min(size, number_of(*payload) + beside_payload);
      lines.push_back(payload);
    }
    out_.set("mqtt.max_packet_size", std::to_string(size), lines);
  }

  void write_topic_alias() {
    const mosquitto_line* largest = nullptr;
    for (const auto* const section : opened_) {
      const auto* const line = section->find("max_topic_alias");
      if (line != nullptr && (largest == nullptr || number_of(*line) > number_of(*largest))) largest = line;
    }
    if (largest != nullptr) out_.set("mqtt.max_topic_alias", std::to_string(number_of(*largest)), {largest});
  }

  void write_log() {
    std::vector<const mosquitto_line*> types;
    std::vector<const mosquitto_line*> places;
    std::string to;
    std::string file;
    std::size_t level = 0;
    for (const auto& line : from_->broker.lines) {
      if (line.name == "log_type") {
        types.push_back(&line);
        level = std::max(level, level_of(line));
      }
      if (line.name == "log_dest") take_destination(line, places, to, file);
    }
    constexpr std::array<std::string_view, 5> levels{"off", "error", "warn", "info", "debug"};
    if (!types.empty()) out_.set("log.level", std::string(levels.at(level)), types);
    // Without log_type mosquitto logs more than is logged here without log.level.
    if (types.empty() && !places.empty()) out_.set("log.level", "info", places);
    if (!places.empty()) out_.set("log.to", "[" + to + "]", places);
    if (!file.empty()) out_.set("log.file", quoted(file), places);
  }

  std::size_t level_of(const mosquitto_line& line) {
    constexpr std::array<std::pair<std::string_view, std::size_t>, 10> words{{{"none", 0},
                                                                              {"error", 1},
                                                                              {"warning", 2},
                                                                              {"notice", 3},
                                                                              {"information", 3},
                                                                              {"subscribe", 3},
                                                                              {"unsubscribe", 3},
                                                                              {"debug", 4},
                                                                              {"websockets", 4},
                                                                              {"all", 4}}};
    const auto* const found = std::ranges::find(words, line.value, &std::pair<std::string_view, std::size_t>::first);
    if (found != words.end()) return found->second;
    out_.refuse(line, "mosquitto has no 'log_type' " + line.value);
    return 0;
  }

  void take_destination(const mosquitto_line& line, std::vector<const mosquitto_line*>& places, std::string& to,
                        std::string& file) {
    const auto end = std::min(line.value.find_first_of(" \t"), line.value.size());
    const auto word = line.value.substr(0, end);
    if (word == "topic" || word == "dlt") return out_.pass_over(line, "events are not logged there");
    std::string mine;
    if (word == "stdout" || word == "stderr") mine = "console";
    if (word == "syslog" || word == "file") mine = word;
    if (mine.empty() && word != "none") return out_.refuse(line, "mosquitto has no 'log_dest' " + word);
    places.push_back(&line);
    if (word == "file") {
      const auto begin = line.value.find_first_not_of(" \t", end);
      if (begin == std::string::npos) return out_.refuse(line, "'log_dest file' needs a path");
      file = line.value.substr(begin);
    }
    if (!mine.empty() && to.find(mine) == std::string::npos) to += (to.empty() ? "" : ", ") + mine;
  }

  void write_store() {
    if (!from_->broker.is_true("persistence")) return;
    std::vector<const mosquitto_line*> lines{from_->broker.find("persistence")};
    std::string directory;
    if (const auto* const location = from_->broker.find("persistence_location")) {
      lines.push_back(location);
      directory = location->value + (location->value.ends_with('/') ? "" : "/");
    }
    out_.set("store.dir", quoted(directory + "nanomq-store"), lines);
    out_.warn(*lines.front(), "what mosquitto has kept is not taken over: sessions and retained messages begin anew");
  }

  const mosquitto_document* from_;
  mosquitto_files* files_;
  mosquitto_writer out_;
  std::vector<const mosquitto_section*> opened_;
};

}  // namespace

std::string mosquitto_note::shown() const {
  return file + ":" + (line == 0 ? "" : std::to_string(line) + ":") +
         (is == weight::error ? " error: " : " warning: ") + text;
}

bool mosquitto_conversion::succeeded() const noexcept {
  return std::ranges::none_of(notes, [](const auto& one) { return one.is == mosquitto_note::weight::error; });
}

mosquitto_conversion convert_mosquitto(std::string_view text, const std::string& path, mosquitto_files& files) {
  mosquitto_conversion out;
  const auto document = read_mosquitto(text, path, files, out.notes);
  out.text = converter(document, files, out.notes).run(path);
  if (out.succeeded()) {
    configuration made;
    std::string why;
    if (!made.read_text(out.text, "converted", why)) out.notes.push_back({mosquitto_note::weight::error, path, 0, why});
  }
  std::ranges::sort(out.notes, [](const auto& a, const auto& b) {
    return std::tie(a.file, a.line, a.text) < std::tie(b.file, b.line, b.text);
  });
  if (!out.succeeded()) out.text.clear();
  return out;
}

}  // namespace nanomq::config
