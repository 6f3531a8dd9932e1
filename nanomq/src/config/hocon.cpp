#include "nanomq/config/hocon.hpp"

#include "hocon_tree.hpp"

namespace nanomq::config {
namespace {

class nothing_around final : public hocon_surroundings {
 public:
  nanolib::result<std::string> read(const std::string& /*path*/, std::string& why) override {
    why = "files cannot be included here";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  std::optional<std::string> variable(const std::string& /*name*/) override { return std::nullopt; }
};

}  // namespace

const hocon_value* hocon_value::find(std::string_view key) const noexcept {
  const auto found = hocon_key_index(keys, key);
  return is == kind::object && found < keys.size() ? &items[found] : nullptr;
}

std::string hocon_document::place(const hocon_place& where) const {
  const auto& file = where.file < files.size() ? files[where.file] : std::string();
  return file + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
}

nanolib::result<hocon_document> read_hocon(std::string_view text, const std::string& path,
                                           hocon_surroundings& surroundings, std::string& why,
                                           const hocon_limits& limits) {
  hocon_tree tree;
  hocon_document out;
  hocon_complaint complaint;
  const bool good = parse_hocon(text, path, surroundings, limits, tree, complaint) &&
                    resolve_hocon(tree, surroundings, limits, out.root, complaint);
  out.files = std::move(tree.files);
  out.speaks = std::move(tree.speaks);
  if (good) return out;
  why = out.place(complaint.place) + ": " + complaint.text;
  for (auto& c : why)
    c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;  // one line, whatever a key holds
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

nanolib::result<hocon_document> read_hocon(std::string_view text, const std::string& path, std::string& why) {
  nothing_around nothing;
  return read_hocon(text, path, nothing, why);
}

}  // namespace nanomq::config
