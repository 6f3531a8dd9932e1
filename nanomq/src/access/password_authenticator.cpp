#include "nanomq/access/authenticator.hpp"

namespace nanomq::access {
namespace {

class password_authenticator final : public authenticator {
 public:
  explicit password_authenticator(std::shared_ptr<const password_file> users) noexcept
      : users_(std::move(users)), takes_long_(!users_->is_plain()) {}

  verdict verify(const broker::principal& who, nanolib::bytes password) const noexcept override {
    // Asked in any case: for a user who is not there it takes as long.
    const bool right = users_->verify(who.user_name, password);
    if (right) return verdict::admitted;
    return users_->find(who.user_name) == nullptr ? verdict::unknown : verdict::refused;
  }
  bool takes_long() const noexcept override { return takes_long_; }
  bool may_know(std::string_view user) const noexcept override { return users_->find(user) != nullptr; }

 private:
  std::shared_ptr<const password_file> users_;
  bool takes_long_;
};

}  // namespace

std::unique_ptr<const authenticator> make_password_authenticator(std::shared_ptr<const password_file> users) {
  return std::make_unique<password_authenticator>(std::move(users));
}

}  // namespace nanomq::access
