#include "handles.hpp"

#include <unordered_map>
#include <utility>

namespace nanonng::sdk::c {
namespace {

/// Lives as long as the process: clients that nobody has closed do, too.
struct handle_table {
  nanolib::mutex mutex;
  std::unordered_map<std::uint32_t, client_entry_ptr> clients NANOLIB_GUARDED_BY(mutex);
  std::uint32_t last NANOLIB_GUARDED_BY(mutex) = 0;

  static handle_table& instance() noexcept {
    static auto* const only = new handle_table;
    return *only;
  }
};

}  // namespace

nmqtt_client open_handle(std::string url) {
  handle_table& all = handle_table::instance();
  const nanolib::mutex_lock hold(all.mutex);
  // Like nng's ids: positive as an int, and in use again only after all others have been.
  do {
    all.last = all.last >= 0x7FFF'FFFFU ? 1 : all.last + 1;
  } while (all.clients.contains(all.last));
  all.clients.emplace(all.last, std::make_shared<client_entry>(all.last, std::move(url)));
  return {all.last};
}

client_entry_ptr find_handle(nmqtt_client which) noexcept {
  handle_table& all = handle_table::instance();
  const nanolib::mutex_lock hold(all.mutex);
  const auto found = all.clients.find(which.id);
  return found == all.clients.end() ? nullptr : found->second;
}

bool close_handle(nmqtt_client which) noexcept {
  handle_table& all = handle_table::instance();
  client_entry_ptr last;  // let go of without the lock
  const nanolib::mutex_lock hold(all.mutex);
  const auto found = all.clients.find(which.id);
  if (found == all.clients.end()) return false;
  last = std::move(found->second);
  all.clients.erase(found);
  return true;
}

void wait_for_end(nng_aio* aio, const client& of) noexcept {
  class waiter final : public operation_waiter {
   public:
    explicit waiter(nng_aio* aio) noexcept : aio_(aio) {}
    void give_up() noexcept override { nng_aio_abort(aio_, NNG_ESTATE); }

   private:
    nng_aio* const aio_;
  };
  waiter here(aio);
  const operation_host_ptr host = of.host();
  const bool may_wait = host->begin_wait(here);
  if (!may_wait) here.give_up();
  nng_aio_wait(aio);
  if (may_wait) host->end_wait();
}

std::expected<client_entry_ptr, int> find_running(nmqtt_client which) noexcept {
  client_entry_ptr found = find_handle(which);
  if (!found) return std::unexpected(NNG_ECLOSED);
  if (found->running() == nullptr) return std::unexpected(found->why_not_running());
  return found;
}

}  // namespace nanonng::sdk::c
