#include "mosquitto_writer.hpp"

#include "nanolib/base/json_writer.hpp"
#include "nanomq/config/configuration.hpp"

namespace nanomq::config {
namespace {

bool is_secret(std::string_view name) {
  return name.ends_with("password") || name == "bridge_psk" || name == "tls_engine_kpass_sha1" ||
         name.starts_with("auth_opt_") || name.starts_with("plugin_opt_");
}

// "a.conf:1:7: what is wrong" → "what is wrong"
std::string without_place(std::string why) {
  const auto end = why.find(": ");
  return end == std::string::npos ? why : why.substr(end + 2);
}

std::string comments(const std::vector<const mosquitto_line*>& lines, std::string_view head) {
  std::string out;
  if (!lines.empty()) out.append("\n# ").append(head).append("\n");
  for (const auto* const line : lines) out.append("#   ").append(shown_line(*line)).append("\n");
  return out;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  nanolib::append_json_string(out, text);
  return out;
}

std::string shown_line(const mosquitto_line& line) {
  return line.file + ":" + std::to_string(line.number) + ": " + line.name + " " +
         (is_secret(line.name) ? "(left out)" : line.value);
}

void mosquitto_writer::set(const std::string& key, const std::string& written,
                           std::vector<const mosquitto_line*> from) {
  const auto line_of_it = key + " = " + written + "\n";
  configuration alone;
  std::string why;
  if (!alone.read_text(line_of_it, "written", why)) return refuse(*from.front(), without_place(why));
  body_ += "\n";
  for (const auto* const line : from) body_ += "# " + shown_line(*line) + "\n";
  body_ += line_of_it;
}

void mosquitto_writer::warn(const mosquitto_line& line, std::string text) {
  notes_->push_back({mosquitto_note::weight::warning, line.file, line.number, std::move(text)});
}

void mosquitto_writer::refuse(const mosquitto_line& line, std::string text) {
  notes_->push_back({mosquitto_note::weight::error, line.file, line.number, std::move(text)});
}

void mosquitto_writer::pass_over(const mosquitto_line& line, std::string_view why) {
  warn(line, "'" + line.name + "' has no meaning here: " + std::string(why));
  left_out_.push_back(&line);
}

std::string mosquitto_writer::text(const std::string& path) const {
  return "# Made from " + path + " by nanomq convert. nanomq broker check --conf FILE tells what it comes to.\n" +
         body_ + comments(left_out_, "What has no meaning here:") +
         comments(kept_, "Bridges to other MQTT brokers, which are not there yet:");
}

}  // namespace nanomq::config
