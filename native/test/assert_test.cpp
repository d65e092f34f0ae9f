#include "assert.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "errors/frame_queue.hpp"

namespace aegis::trace {
namespace {

#ifdef AEGIS_ASSERTIONS

class Assertions : public testing::Test {
 protected:
  // A process of its own, which has no other threads to lose.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(Assertions, end_the_process_and_say_where) {
  EXPECT_DEATH(AEGIS_ASSERT(1 + 1 == 3), "assert_test.cpp:[0-9]+: AEGIS_ASSERT\\(1 \\+ 1 == 3\\) does not hold");
}

TEST_F(Assertions, let_pass_what_holds_and_ask_once) {
  int asked = 0;
  AEGIS_ASSERT(++asked == 1);
  EXPECT_EQ(asked, 1);
}

TEST_F(Assertions, see_a_queue_of_frames_that_is_asked_for_more_than_it_has) {
  FrameQueue queue(1024);
  EXPECT_DEATH(queue.pop(1), "AEGIS_ASSERT\\(count_ > 0");
}

TEST_F(Assertions, are_those_of_the_standard_library_too) {
  const std::vector<int> none;
  EXPECT_DEATH(static_cast<void>(none[none.size()]), "Assertion");
}

#else

TEST(Assertions, are_not_there_in_a_release) {
  int asked = 0;
  AEGIS_ASSERT(++asked == 1);
  EXPECT_EQ(asked, 0);
}

#endif

}  // namespace
}  // namespace aegis::trace
