// Enhanced authentication: the authenticator is asked, and what it says goes to the server. Spec: MQTT 5.0 §4.12.
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"

namespace nanonng::sdk {

void driver::on_challenge() {
  const authenticator& how = home_.options.authenticator;
  if (home_.is_forsaken()) return end({errors::closed});
  const mqtt::properties& props = incoming_.reason.props;
  std::string data;
  if (props.has(mqtt::property_id::authentication_data)) data = nanolib::as_text(props.authentication_data);
  ask(
      [&how, data = std::move(data)]() -> nanolib::result<std::string> {
        if (!how.answer) return std::unexpected(mqtt_error_of(mqtt::reason_code::bad_authentication_method));
        return how.answer(data);
      },
      [](driver& which, nanolib::result<std::string> answer) {
        if (!which.machine_) return;
        if (!answer) return which.lose_connection({answer.error(), "the authenticator gave up"});
        which.scratch_.clear();
        const mqtt::verdict said = which.machine_->authenticate(nanolib::as_bytes(*answer), {}, which.scratch_);
        if (said.is_refusal()) return which.lose_connection({mqtt_error_of(said.reason), std::string(said.why)});
        if (!which.write(which.scratch_)) which.out_of_memory();
      });
}

/// Whether the server has shown who it is, where the authenticator wants to know; otherwise the connection is gone.
bool driver::is_content_with(const mqtt::properties& last) {
  const authenticator& how = home_.options.authenticator;
  if (how.method.empty() || !how.finish) return true;
  if (home_.is_forsaken()) {
    end({errors::closed});
    return false;
  }
  std::string data;
  if (last.has(mqtt::property_id::authentication_data)) data = nanolib::as_text(last.authentication_data);
  nanolib::result<void> said = std::unexpected(mqtt_error_of(mqtt::reason_code::not_authorized));
  home_.guarded([&] { said = how.finish(data); });
  if (said) return true;
  lose_connection({said.error(), "the server has not shown who it is"});
  return false;
}

void driver::reauthenticate(nanolib::intrusive_ptr<operation_state<void>> told) {
  if (phase_ != phase::online) {
    told->finish(std::unexpected(errors::not_connected));
    return;
  }
  if (reauthentication_) {
    told->finish(std::unexpected(mqtt_error_of(mqtt::reason_code::protocol_error)), "one is under way already");
    return;
  }
  reauthentication_ = std::move(told);
  const authenticator& how = home_.options.authenticator;
  ask([&how] { return nanolib::result<std::string>(how.first_data ? how.first_data() : std::string()); },
      [](driver& which, nanolib::result<std::string> data) {
        if (!which.machine_) return;
        if (!data) return which.end_reauthentication(std::unexpected(data.error()), "no authentication data");
        which.scratch_.clear();
        const mqtt::verdict said = which.machine_->reauthenticate(nanolib::as_bytes(*data), {}, which.scratch_);
        if (said.is_refusal()) {
          return which.end_reauthentication(std::unexpected(mqtt_error_of(said.reason)), said.why);
        }
        if (!which.write(which.scratch_)) which.out_of_memory();
      });
}

void driver::end_reauthentication(nanolib::result<void> how, std::string_view detail) noexcept {
  if (const auto told = std::exchange(reauthentication_, nullptr)) told->finish(std::move(how), detail);
}

}  // namespace nanonng::sdk
