#include "nng_words.hpp"

#include <gtest/gtest.h>

#include "cmd_nngcat.hpp"
#include "cmd_nngproxy.hpp"

namespace nanomq::program {
namespace {

using words = std::vector<std::string_view>;
using strings = std::vector<std::string>;

strings whole(const option_table& table, const words& given) {
  try {
    return nng_words(table, given);
  } catch (const usage_error& wrong) {
    return {wrong.what()};
  }
}

strings whole(const words& given) {
  nngcat_command nobody_s;
  return whole(nngcat_page(nobody_s).options, given);
}

TEST(nng_words, have_their_values_apart) {
  EXPECT_EQ(whole({"--dial=a", "--listen:b:c", "-L5678", "-D", "-x", "-C2"}),
            (strings{"--dial", "a", "--listen", "b:c", "-L", "5678", "-D", "-x", "-C", "2"}));
}

TEST(nng_words, may_be_shortened_where_only_one_option_is_meant) {
  EXPECT_EQ(whole({"--comp", "--quo"}), (strings{"--compat", "-Q"}));
  EXPECT_EQ(whole({"--subscribe=x", "--sub", "--su"}).front(), "Option --su is ambiguous (specify in full).");
  EXPECT_EQ(whole({"--re"}), (strings{"Option --re is ambiguous (specify in full)."}));
  EXPECT_EQ(whole({"--req"}), (strings{"--req"}));
}

TEST(nng_words, take_the_next_word_whatever_it_looks_like) {
  EXPECT_EQ(whole({"--data", "--req", "-D", "-l"}), (strings{"--data", "--req", "-D", "-l"}));
}

TEST(nng_words, give_a_switch_no_value) {
  EXPECT_EQ(whole({"--compat=yes"}), (strings{"Option --compat takes no value."}));
  EXPECT_EQ(whole({"-vq"}), (strings{"Option -v takes no value."}));
}

TEST(nng_words, leave_as_many_words_to_an_option_as_it_takes) {
  nngproxy_command nobody_s;
  const auto page = nngproxy_page(nobody_s);
  EXPECT_EQ(whole(page.options, {"-D", "publish", "user-property", "-q1", "-t1", "-q1"}),
            (strings{"-D", "publish", "user-property", "-q1", "-t1", "-q", "1"}));
  EXPECT_EQ(whole(page.options, {"-V", "-q1", "-V", "5", "-V5", "--stats=7", "-cfalse"}),
            (strings{"-V", "-q", "1", "-V", "5", "-V", "5", "--stats", "7", "-c", "false"}));
}

TEST(nng_words, leave_what_is_no_option) {
  EXPECT_EQ(whole({"--nonsense=1", "word", "-"}), (strings{"--nonsense=1", "word", "-"}));
}

}  // namespace
}  // namespace nanomq::program
