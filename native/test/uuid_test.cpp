#include "aegis/trace/uuid.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <set>

namespace aegis::trace {
namespace {

constexpr std::string_view kText = "00112233-4455-6677-8899-aabbccddeeff";

TEST(Uuid, is_nil_by_default) {
  static_assert(Uuid{}.is_nil());
  EXPECT_EQ(Uuid{}.to_string(), "00000000-0000-0000-0000-000000000000");
}

TEST(Uuid, C4_reads_back_what_it_writes) {
  const std::optional<Uuid> id = Uuid::parse(kText);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), kText);
  EXPECT_EQ(id->bytes()[0], 0x00);
  EXPECT_EQ(id->bytes()[15], 0xff);
  EXPECT_FALSE(id->is_nil());
}

TEST(Uuid, reads_either_case_and_writes_lower_case) {
  const std::optional<Uuid> id = Uuid::parse("00112233-4455-6677-8899-AABBCCDDEEFF");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), kText);
}

TEST(Uuid, reads_nothing_else) {
  EXPECT_FALSE(Uuid::parse(""));
  EXPECT_FALSE(Uuid::parse(kText.substr(1)));
  EXPECT_FALSE(Uuid::parse(std::string(kText) + "0"));
  EXPECT_FALSE(Uuid::parse("00112233445566778899aabbccddeeff"));
  EXPECT_FALSE(Uuid::parse("{0112233-4455-6677-8899-aabbccddeef}"));
  // Every position matters: a wrong character at any one of them is seen.
  for (std::size_t at = 0; at < kText.size(); ++at) {
    for (const char wrong : {'g', '/', ':', '@', '`', 'G', ' ', '\0', '\x80', '_'}) {
      std::string text(kText);
      text[at] = wrong;
      EXPECT_FALSE(Uuid::parse(text)) << text;
    }
    std::string text(kText);
    text[at] = text[at] == '-' ? '0' : '-';
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

TEST(Uuid, orders_as_its_text_does) {
  const Uuid low = *Uuid::parse("00000000-0000-0000-0000-000000000001");
  const Uuid high = *Uuid::parse("80000000-0000-0000-0000-000000000000");
  EXPECT_LT(low, high);
  EXPECT_LT(Uuid{}, low);
  EXPECT_NE(low, high);
}

TEST(Uuid, C4_makes_random_ones_of_version_4_that_differ) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1'000; ++i) {
    const Uuid id = Uuid::random();
    EXPECT_EQ(id.to_string()[14], '4');
    EXPECT_NE(std::string_view("89ab").find(id.to_string()[19]), std::string_view::npos);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace aegis::trace
