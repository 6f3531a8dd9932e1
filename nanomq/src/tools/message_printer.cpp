#include "nanomq/tools/message_printer.hpp"

namespace nanomq::tools {

std::string message_printer::heading(std::string_view broker) const {
  if (!options_.watch) return {};
  return "\x1b[2J\x1b[1;1HBroker: " + std::string(broker) + "\n";
}

// xorshift64*: nobody's money depends on it.
bool message_printer::chosen() noexcept {
  if (options_.percentage >= 100) return true;
  random_ ^= random_ >> 12U;
  random_ ^= random_ << 25U;
  random_ ^= random_ >> 27U;
  const auto drawn = static_cast<double>(random_ * 0x2545F4914F6CDD1DU >> 11U) * 0x1p-53;
  return drawn * 100 < options_.percentage;
}

// 0: no room for another one.
std::size_t message_printer::line_of(std::string_view topic) {
  std::string name(topic);
  if (const auto found = lines_.find(name); found != lines_.end()) return found->second;
  if (lines_.size() == most_watched) return 0;
  const auto line = lines_.size() + 2;
  lines_.emplace(std::move(name), line);
  return line;
}

void message_printer::print_text(std::string& out, const shown_message& message, std::string& complaint) {
  const auto end_line = [&] {
    if (options_.line_end) out += '\n';
  };
  if (options_.json) {
    (void)append_json(out, message, clock_.now(), {.indented = options_.indented, .exact = true});
    return end_line();
  }
  if (options_.format) {
    const auto& when = options_.format->shows_time() ? clock_.now() : no_time_;
    options_.format->append_to(out, message, when, options_.indented, complaint);
    return end_line();
  }
  const auto payload = nanolib::as_text(message.payload);
  if (options_.verbose) {
    if (payload.empty() && !options_.line_end) return;
    out.append(message.topic).append(1, ' ').append(payload.empty() ? std::string_view("(null)") : payload);
    return end_line();
  }
  if (payload.empty()) return;
  out += payload;
  end_line();
}

void message_printer::print(std::string& out, const shown_message& message, std::string& complaint) {
  if (!chosen()) return;
  if (!options_.watch) return print_text(out, message, complaint);
  const auto line = line_of(message.topic);
  if (line == 0) return;
  out += "\x1b[" + std::to_string(line) + ";1H\x1b[K";
  print_text(out, message, complaint);
  out += "\x1b[" + std::to_string(lines_.size() + 1) + ";1H\n";
}

}  // namespace nanomq::tools
