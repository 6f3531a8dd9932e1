// Enhanced authentication: who speaks for the client, and once more on the present connection.
#include <string>
#include <utility>

#include "change.hpp"
#include "nanonng/mqtt_client.h"
#include "nanonng/sdk/nng_aio.hpp"
#include "nanonng/sdk/scram.hpp"

namespace {

using namespace nanonng::sdk;
using namespace nanonng::sdk::c;

void forget_method(client_options& options, callback_book& book) {
  options.authenticator = {};
  book.on_auth = nullptr;
}

}  // namespace

int nmqtt_client_set_auth(nmqtt_client client, const char* method, nmqtt_auth_cb cb, void* arg) {
  return change_entry(client, [=](client_options& options, client_entry& entry) -> int {
    if (!is_text(method) || *method == '\0' || cb == nullptr) return NNG_EINVAL;
    std::string name = method;
    forget_method(options, entry.book());
    options.authenticator.method = std::move(name);
    entry.book().on_auth = cb;
    entry.book().on_auth_arg = arg;
    return 0;
  });
}

int nmqtt_client_set_auth_finish(nmqtt_client client, nmqtt_auth_finish_cb cb, void* arg) {
  return change_entry(client, [=](client_options&, client_entry& entry) {
    entry.book().on_auth_finish = cb;
    entry.book().on_auth_finish_arg = arg;
    return 0;
  });
}

int nmqtt_client_set_scram(nmqtt_client client, const char* user, const char* password) {
  return change_entry(client, [=](client_options& options, client_entry& entry) -> int {
    if (user == nullptr && password == nullptr) {
      forget_method(options, entry.book());
      return 0;
    }
    auto made = make_scram_sha_256(text_of(user), text_of(password));
    if (!made) return nng_error_of(made.error());
    forget_method(options, entry.book());
    options.authenticator = *std::move(made);
    return 0;
  });
}

int nmqtt_reauthenticate(nmqtt_client client, nmqtt_outcome* outcome) {
  return wait_for(client, nullptr, nullptr, [&](nng_aio* aio) { nmqtt_reauthenticate_async(client, outcome, aio); });
}

void nmqtt_reauthenticate_async(nmqtt_client client, nmqtt_outcome* outcome, nng_aio* aio) {
  begin_operation(client, outcome, aio, [outcome](client_entry& entry, const aio_operation_ptr& to) {
    (void)bind(to, entry.running()->reauthenticate(),
               [outcome](nng_aio*, const nanolib::result<void>& ended, std::string_view detail) {
                 if (ended) return 0;
                 tell(outcome, ended.error(), detail);
                 return nng_error_of(ended.error());
               });
    return 0;
  });
}
