#include "check_report.hpp"

#include <string_view>

#include "nanolib/base/json_writer.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

void write_list(nanolib::json_writer& json, std::string_view name, const std::vector<std::string>& lines) {
  json.key(name);
  json.begin_array();
  for (const auto& line : lines) json.text(line);
  json.end_array();
}

}  // namespace

std::string check_text(const check_report& what) {
  std::string out;
  for (const auto& one : what.listeners) {
    out += "listens on  " + one.url + (one.secure ? "  with TLS\n" : "  without TLS\n");
    out += "  admits    " + one.admits + "\n";
  }
  if (!what.rights.empty()) out += "rights      " + what.rights + "\n";
  if (!what.listeners.empty()) {
    out += "keeps       " + (what.keeps.empty() ? "nothing across a restart" : what.keeps) + "\n";
  }
  for (const auto& line : what.warnings) out += "warning     " + line + "\n";
  for (const auto& line : what.errors) out += "ERROR       " + line + "\n";
  out += what.errors.empty() ? "good" : "not good: a broker would not start with this, or nobody could enter";
  if (!what.warnings.empty()) out += ", " + count_text(what.warnings.size(), "warning", "warnings");
  return plain_text(out + "\n", true);
}

std::string check_json(const check_report& what) {
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  json.truth("ok", what.errors.empty());
  write_list(json, "errors", what.errors);
  write_list(json, "warnings", what.warnings);
  json.key("listeners");
  json.begin_array();
  for (const auto& one : what.listeners) {
    json.begin_object();
    json.text("id", one.id);
    json.text("url", one.url);
    json.truth("tls", one.secure);
    json.text("admits", one.admits);
    json.end_object();
  }
  json.end_array();
  json.text("rights", what.rights);
  json.text("keeps", what.keeps);
  json.end_object();
  return out + "\n";
}

}  // namespace nanomq::program
