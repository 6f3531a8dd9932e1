// Passwords that were right are remembered, as keyed digests, until the next reload: when all clients of a broker come back
// at once, each has to be recognised in microseconds, and the hash of a password takes tens of milliseconds on purpose.
#include <array>
#include <random>

#include "digest.hpp"
#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanomq/access/authenticator.hpp"

namespace nanomq::access {
namespace {

/// Thread: thread-safe (one lock, for a look-up). Shape: an entry for each user at the most.
class remembered_passwords {
 public:
  remembered_passwords() {
    std::random_device random;
    for (std::byte& one : key_) one = static_cast<std::byte>(random());
  }

  [[nodiscard]] bool is_right(std::string_view user, nanolib::bytes password) noexcept {
    digest given{};
    if (!make(password, given)) return false;
    const nanolib::mutex_lock lock(mutex_);
    const auto found = known_.find(user);
    return found != known_.end() && equal_secrets(found->second, given);
  }
  void add(std::string_view user, nanolib::bytes password) noexcept {
    digest given{};
    if (!make(password, given)) return;
    const nanolib::mutex_lock lock(mutex_);
    try {
      known_.insert_or_assign(std::string(user), given);
    } catch (const std::bad_alloc&) {
      // It is found out once more.
    }
  }

 private:
  using digest = std::array<std::byte, 32>;
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return nanolib::hash_text(text); }
  };

  // A key that exists nowhere else keeps the digests from being compared with those of likely passwords.
  [[nodiscard]] bool make(nanolib::bytes password, digest& into) const noexcept {
    return has_sha512() && pbkdf2_sha512(password, key_, 1, into);
  }

  digest key_{};
  nanolib::mutex mutex_;
  std::unordered_map<std::string, digest, text_hash, std::equal_to<>> known_ NANOLIB_GUARDED_BY(mutex_);
};

class password_authenticator final : public authenticator {
 public:
  explicit password_authenticator(std::shared_ptr<const password_file> users)
      : users_(std::move(users)), takes_long_(!users_->is_plain()) {}

  finding verify(const broker::principal& who, nanolib::bytes password) const noexcept override {
    // Asked in any case: for a user who is not there it takes as long.
    const bool right = users_->verify(who.user_name, password);
    if (right && takes_long_) remembered_.add(who.user_name, password);
    if (right) return verdict::admitted;
    return users_->find(who.user_name) == nullptr ? verdict::unknown : verdict::refused;
  }
  bool takes_long() const noexcept override { return takes_long_; }
  bool remembers(const broker::principal& who, nanolib::bytes password) const noexcept override {
    return takes_long_ && remembered_.is_right(who.user_name, password);
  }
  bool may_know(const broker::principal& who) const noexcept override {
    return !who.has_end && !who.by_others && users_->find(who.user_name) != nullptr;
  }

 private:
  std::shared_ptr<const password_file> users_;
  bool takes_long_;
  mutable remembered_passwords remembered_;
};

}  // namespace

std::unique_ptr<const authenticator> make_password_authenticator(std::shared_ptr<const password_file> users) {
  return std::make_unique<password_authenticator>(std::move(users));
}

}  // namespace nanomq::access
