// What waits to be sent, and what has been sent and waits for its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "nanonng/mqtt/client_machine.hpp"
#include "nanonng/sdk/operation.hpp"

namespace nanonng::sdk {

class deadline;

/// A request that becomes a packet: PUBLISH, SUBSCRIBE or UNSUBSCRIBE. Whoever has it in hand (a list, the protocol machine
/// as a token) owns one reference.
/// Thread: with the queue's lock while `where` is `queue`, else the loop's.
class outgoing_entry {
 public:
  enum class kind : std::uint8_t { publish, subscribe, unsubscribe };
  enum class place : std::uint8_t {
    nowhere,
    queue,    ///< in the outgoing queue
    hand,     ///< taken from it, about to be sent
    again,    ///< to be sent before everything in the queue
    writing,  ///< in the connection's output, QoS 0
    sent,     ///< known to the protocol machine by its token
  };

  explicit outgoing_entry(kind which) noexcept : what(which) {}
  outgoing_entry(const outgoing_entry&) = delete;
  outgoing_entry& operator=(const outgoing_entry&) = delete;

  [[nodiscard]] virtual operation_core& operation() noexcept = 0;
  /// What it counts for in the queue's bounds.
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;

  [[nodiscard]] mqtt::request_token token() noexcept { return reinterpret_cast<std::uintptr_t>(this); }
  [[nodiscard]] static outgoing_entry& from(mqtt::request_token token) noexcept {
    return *reinterpret_cast<outgoing_entry*>(static_cast<std::uintptr_t>(token));
  }

  outgoing_entry* next = nullptr;
  outgoing_entry* previous = nullptr;
  const kind what;
  place where = place::nowhere;
  bool counted = false;         ///< in the bounds of the queue
  bool uses_window = false;     ///< takes a place of the server's Receive Maximum (QoS 1 and 2)
  deadline* expires = nullptr;  ///< the loop's

 protected:
  virtual ~outgoing_entry() = default;
};

/// Entries in order. Owns: nothing by itself; whoever moves entries moves their references.
class entry_list {
 public:
  entry_list() noexcept = default;
  entry_list(entry_list&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)),
        last_(std::exchange(other.last_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  entry_list& operator=(entry_list&&) = delete;

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] outgoing_entry* first() const noexcept { return first_; }

  void push_back(outgoing_entry& which) noexcept {
    which.next = nullptr;
    which.previous = last_;
    (last_ != nullptr ? last_->next : first_) = &which;
    last_ = &which;
    ++size_;
  }
  void push_front(outgoing_entry& which) noexcept {
    which.previous = nullptr;
    which.next = first_;
    (first_ != nullptr ? first_->previous : last_) = &which;
    first_ = &which;
    ++size_;
  }
  void unlink(outgoing_entry& which) noexcept {
    (which.previous != nullptr ? which.previous->next : first_) = which.next;
    (which.next != nullptr ? which.next->previous : last_) = which.previous;
    which.next = which.previous = nullptr;
    --size_;
  }
  [[nodiscard]] outgoing_entry* pop_front() noexcept {
    outgoing_entry* const front = first_;
    if (front != nullptr) unlink(*front);
    return front;
  }

 private:
  outgoing_entry* first_ = nullptr;
  outgoing_entry* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace nanonng::sdk
