// Reads a configuration file: a small subset of HOCON, one setting a line.
//
//     # a comment                      // another
//     mqtt.max_packet_size = 2MB
//     listeners.tcp.bind = ["127.0.0.1:1883", "[::1]:1883"]
//
// A value is a word of letters, digits, '.', '_' and '-', a string in double quotes (with \" \\ \/ \n \r \t), or a list
// of those on the same line. Every file that is accepted means the same to a full HOCON reader, save that a size's KB is
// 1024 bytes. What it does not read: objects in braces, includes, substitutions, multi-line strings, lists over several
// lines. Which keys there are, and what their values may be, is not its concern.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/config/value.hpp"

namespace nanomq::config {

/// A setting and where it stands. Lines and columns count from 1, columns in bytes.
struct file_entry {
  std::string key;
  written_value written;
  std::size_t line = 0;
  std::size_t key_column = 0;
  std::size_t value_column = 0;
};

/// Shape: linear in the text; one pass, no recursion.
/// Errors: config; `why` is "line:column: what is wrong".
[[nodiscard]] nanolib::result<std::vector<file_entry>> read_entries(std::string_view text, std::string& why);

/// A list as it is written in a file, alone: `["a", "b"]`. For the environment and the command line.
/// Errors: config, with `why`.
[[nodiscard]] nanolib::result<written_value> read_list(std::string_view text, std::string& why);

}  // namespace nanomq::config
