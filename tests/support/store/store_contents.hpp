// Everything that a store gives back, as a value that can be compared and printed; and the changes that tests make.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "nanolib/cache/store.hpp"

namespace nanolib::testing {

/// One line of text for each thing in a store, so that a difference is readable. Deadlines are relative to `at`.
struct store_contents final : store_visitor {
  std::set<std::string> lines;
  std::map<session_key, queue_extent> queues;

  void on_session(const stored_session& one) override;
  void on_subscription(session_key session, std::string_view filter, const subscription_options& options) override;
  void on_unreleased(session_key session, std::uint16_t packet_identifier) override;
  void on_will(session_key session, const stored_will& one) override;
  void on_queue(session_key session, const queue_extent& extent) override;
  void on_exceptional_row(session_key session, const stored_row& row) override;
  void on_retained(const message_ptr& one) override;

  instant now{};
};

/// What load() and read_queue() of all queues give. Fails the test when the store cannot be read.
[[nodiscard]] std::set<std::string> contents_of(store& from, const clock_reading& at, load_report* report = nullptr);

/// A window as lines.
[[nodiscard]] std::vector<std::string> lines_of(const queue_window& window, instant now);

/// A message: `payload` of that many bytes made from its name, or the text itself.
struct message_recipe {
  std::string topic = "t";
  std::string payload = "payload";
  std::string properties = {};
  quality_of_service qos = quality_of_service::at_least_once;
  bool retain = false;
  instant expiry = never;
};
[[nodiscard]] message_ptr make_message(const message_recipe& from);

/// A pending row of `what`.
[[nodiscard]] queue_row_ptr make_row(session_key session, queue_sequence sequence, message_key key, message_ptr what);

/// A batch of these changes; rows in it have been taken.
template <class... Changes>
[[nodiscard]] store_batch batch_of(Changes&&... changes) {
  store_batch made;
  (static_cast<void>(made.add(std::forward<Changes>(changes))), ...);
  return made;
}

}  // namespace nanolib::testing
