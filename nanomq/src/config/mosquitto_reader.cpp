#include "mosquitto_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ranges>

#include "nanolib/topic/topic.hpp"
#include "nanomq/config/option.hpp"

namespace nanomq::config {
namespace {

constexpr std::size_t longest_line = 8192;
constexpr std::string_view blanks = " \t";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_control(char letter) { return (static_cast<unsigned char>(letter) < 0x20 && letter != '\t') || letter == 0x7f; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return out;
}

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc{} && end == text.data() + text.size();
}

// The option that was probably meant, when at most every third letter is another.
std::string nearest_option(std::string_view name) {
  const auto distance = [&](const mosquitto_option& row) { return edit_distance(row.name, name); };
  const auto rows = mosquitto_options();
  const auto best = std::ranges::min_element(rows, {}, distance);
  return distance(*best) * 3 <= name.size() ? std::string(best->name) : std::string();
}

class line_sorter {
 public:
  line_sorter(mosquitto_files& files, mosquitto_document& into, std::vector<mosquitto_note>& notes)
      : files_(&files), into_(&into), notes_(&notes) {}

  void read(std::string_view text, const std::string& path, bool is_included) {
    // Each file begins with the default listener, and without a bridge.
    path_ = path;
    listener_index_ = none;
    bridge_index_ = none;
    number_ = 0;
    is_included_ = is_included;
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      while (line.ends_with('\r')) line.remove_suffix(1);
      ++number_;
      take(line);
    }
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  void note(mosquitto_note::weight is, std::string text) { notes_->push_back({is, path_, number_, std::move(text)}); }
  void refuse(std::string text) { note(mosquitto_note::weight::error, std::move(text)); }

  void take(std::string_view raw) {
    if (raw.starts_with('#')) return;
    if (raw.size() > longest_line) return refuse("a line of more than 8192 bytes");
    if (!nanolib::is_valid_utf8(nanolib::as_bytes(raw)) || std::ranges::any_of(raw, is_control)) {
      return refuse("not text in UTF-8");
    }
    const auto line = trimmed(raw);
    if (line.empty() || line.starts_with('#')) return;
    const auto end = std::min(line.find_first_of(blanks), line.size());
    mosquitto_line made{.option = find_mosquitto_option(line.substr(0, end)),
                        .name = std::string(line.substr(0, end)),
                        .value = std::string(trimmed(line.substr(end))),
                        .file = path_,
                        .number = number_};
    if (made.option == nullptr) return refuse(unknown(made.name));
    if (check(made)) sort_in(std::move(made));
  }

  static std::string unknown(const std::string& name) {
    const auto near = nearest_option(name);
    return "'" + name + "' is no option of mosquitto.conf" + (near.empty() ? "" : "; did you mean '" + near + "'?");
  }

  bool check(mosquitto_line& line) {
    if (line.value.empty()) {
      refuse("'" + line.name + "' has no value");
      return false;
    }
    if (line.option->type == mosquitto_type::flag) {
      const auto word = lower(line.value);
      if (word != "true" && word != "1" && word != "false" && word != "0") {
        refuse("'" + line.name + "' is true or false");
        return false;
      }
      line.value = word == "true" || word == "1" ? "true" : "false";
    }
    if (line.option->type == mosquitto_type::number && !is_number(line.value)) {
      refuse("'" + line.name + "' is a whole number");
      return false;
    }
    return true;
  }

  void sort_in(mosquitto_line line) {
    if (line.name == "include_dir") return include(line);
    switch (line.option->scope) {
      case mosquitto_scope::whole:
        return put(into_->broker, std::move(line));
      case mosquitto_scope::security: {
        auto& section = listener_index_ == none ? into_->default_listener : into_->listeners[listener_index_];
        // Below two listeners it may stand twice; which of both sections counts is found out when everything is read.
        section.lines.push_back(line);
        into_->broker.lines.push_back(std::move(line));
        return;
      }
      case mosquitto_scope::listener:
        if (line.name == "listener") {
          listener_index_ = into_->listeners.size();
          into_->listeners.emplace_back().lines.push_back(std::move(line));
          return;
        }
        if (line.name == "port" || line.name == "bind_address") return put(into_->default_listener, std::move(line));
        return put(listener_index_ == none ? into_->default_listener : into_->listeners[listener_index_],
                   std::move(line));
      case mosquitto_scope::bridge:
        if (line.name == "connection") {
          bridge_index_ = into_->bridges.size();
          into_->bridges.emplace_back().lines.push_back(std::move(line));
          return;
        }
        if (bridge_index_ == none) return refuse("'" + line.name + "' belongs below a connection");
        into_->bridges[bridge_index_].lines.push_back(std::move(line));
        return;
    }
  }

  // As in mosquitto the later flag or number counts, and a text may stand only once.
  void put(mosquitto_section& section, mosquitto_line line) {
    const auto* const before = section.find(line.name);
    if (before != nullptr && line.option->type != mosquitto_type::texts) {
      const std::string there = before->file + ":" + std::to_string(before->number);
      if (line.option->type == mosquitto_type::text && before->value != line.value) {
        return refuse("'" + line.name + "' is also in " + there);
      }
      note(mosquitto_note::weight::warning, "'" + line.name + "' takes the place of " + there);
    }
    section.lines.push_back(std::move(line));
  }

  void include(const mosquitto_line& line) {
    if (is_included_) return refuse("'include_dir' counts only in the main file");
    std::string why;
    auto names = files_->list(line.value, why);
    if (!names) return refuse(line.value + ": " + why);
    std::erase_if(*names, [](const auto& name) { return !name.ends_with(".conf") || name.starts_with('.'); });
    // Letter by letter, the upper case of each before the lower case.
    std::ranges::sort(*names,
                      [](const auto& a, const auto& b) { return lower(a) != lower(b) ? lower(a) < lower(b) : a < b; });
    for (const auto& name : *names) {
      const auto path = line.value + (line.value.ends_with('/') ? "" : "/") + name;
      const auto text = files_->read(path, why);
      if (!text) {
        refuse(path + ": " + why);
        continue;
      }
      line_sorter(*files_, *into_, *notes_).read(*text, path, true);
    }
  }

  mosquitto_files* files_;
  mosquitto_document* into_;
  std::vector<mosquitto_note>* notes_;
  std::string path_;
  std::size_t number_ = 0;
  std::size_t listener_index_ = none;
  std::size_t bridge_index_ = none;
  bool is_included_ = false;
};

}  // namespace

const mosquitto_line* mosquitto_section::find(std::string_view name) const noexcept {
  for (const auto& line : lines | std::views::reverse) {
    if (line.name == name) return &line;
  }
  return nullptr;
}

bool mosquitto_section::is_true(std::string_view name) const noexcept {
  const auto* const line = find(name);
  return line != nullptr && line->value == "true";
}

mosquitto_document read_mosquitto(std::string_view text, const std::string& path, mosquitto_files& files,
                                  std::vector<mosquitto_note>& notes) {
  mosquitto_document out;
  line_sorter(files, out, notes).read(text, path, false);
  return out;
}

}  // namespace nanomq::config
