// auth_req and super_req of NanoMQ's auth.http_auth, as a link of the chain.
#include <array>
#include <charconv>

#include "http_facts.hpp"
#include "http_link.hpp"
#include "nanomq/access/authenticator.hpp"

namespace nanomq::access {
namespace {

class http_authenticator final : public authenticator {
 public:
  explicit http_authenticator(std::shared_ptr<http_link> whom) : whom_(std::move(whom)) {}

  finding verify(const broker::principal&, nanolib::bytes) const noexcept override { return verdict::unavailable; }
  bool takes_long() const noexcept override { return false; }
  bool asks_others() const noexcept override { return true; }
  void ask(const broker::principal& who, nanolib::bytes password, on_finding then) const noexcept override {
    const port_text port(who.port);
    http_facts about = facts_of(who, port);
    about.password = nanolib::as_text(password);
    try {
      const auto whom = std::make_shared<on_finding>(std::move(then));
      whom_->ask_entry(about, [whom](http_verdict said) noexcept { (*whom)(finding_of(said)); });
    } catch (const std::bad_alloc&) {
      if (then) then(verdict::unavailable);
    }
  }
  // Whoever it has admitted stays: it cannot be asked about a password that nobody has kept.
  bool may_know(const broker::principal& who) const noexcept override { return who.by_others; }

 private:
  static finding finding_of(http_verdict said) noexcept {
    finding made = verdict::unavailable;
    switch (said.is) {
      case http_verdict::kind::allow:
        made = verdict::admitted;
        break;
      case http_verdict::kind::deny:
        made = verdict::refused;
        break;
      case http_verdict::kind::ignore:
        made = verdict::unknown;
        break;
      case http_verdict::kind::unavailable:
        break;
    }
    made.is_superuser = said.is_superuser;
    made.why = said.why;
    return made;
  }

  std::shared_ptr<http_link> whom_;
};

}  // namespace

std::unique_ptr<const authenticator> make_http_authenticator(std::shared_ptr<http_link> whom) {
  return std::make_unique<http_authenticator>(std::move(whom));
}

}  // namespace nanomq::access
