#include "aegis/trace/event.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;

TraceEventBuilder minimal() {
  TraceEventBuilder builder;
  builder.with_type("scheduling_decision").with_component("Scheduler");
  return builder;
}

TEST(Severity, C4_rises_from_info_to_critical) {
  EXPECT_LT(Severity::Info, Severity::Warning);
  EXPECT_LT(Severity::Warning, Severity::Error);
  EXPECT_LT(Severity::Error, Severity::Critical);
}

TEST(Severity, C4_has_a_name_that_reads_back) {
  for (const Severity severity :
       {Severity::Info, Severity::Warning, Severity::Error, Severity::Critical}) {
    EXPECT_EQ(severity_from_string(to_string(severity)), severity);
  }
  EXPECT_EQ(to_string(Severity::Critical), "Critical");
  for (const std::string_view unknown : {"", "info", "INFO", "Info ", "Fatal"}) {
    EXPECT_EQ(severity_from_string(unknown), std::nullopt) << unknown;
  }
}

TEST(TraceEventBuilder, C5_sets_every_field) {
  const Uuid id = Uuid::random();
  const TraceEvent event = minimal()
                               .with_event_id(id)
                               .with_timestamp(Timestamp::from_nanos(-5))
                               .with_duration(Duration::from_micros(45))
                               .with_model_id("model_a")
                               .with_request_id("req-1")
                               .with_rationale("earliest deadline")
                               .with_severity(Severity::Warning)
                               .with_attribute("b", "2")
                               .with_attribute("a", "1")
                               .with_attribute("b", "3")
                               .build();
  const TraceEvent expected{.event_id = id,
                            .event_type = "scheduling_decision",
                            .component = "Scheduler",
                            .timestamp = Timestamp::from_nanos(-5),
                            .duration = Duration::from_nanos(45'000),
                            .model_id = "model_a",
                            .request_id = "req-1",
                            .rationale = "earliest deadline",
                            .severity = Severity::Warning,
                            .attributes = {{"a", "1"}, {"b", "3"}}};
  EXPECT_EQ(event, expected);
}

TEST(TraceEventBuilder, C5_generates_an_id_and_stamps_the_time_unless_given) {
  const Timestamp before = Timestamp::now();
  const TraceEventBuilder builder = minimal();
  const TraceEvent first = builder.build();
  const TraceEvent second = builder.build();
  EXPECT_FALSE(first.event_id.is_nil());
  EXPECT_NE(first.event_id, second.event_id);
  EXPECT_LE(before, first.timestamp);
  EXPECT_LE(first.timestamp, second.timestamp);
  EXPECT_LE(second.timestamp, Timestamp::now());
  EXPECT_EQ(first.duration, Duration{});
  EXPECT_EQ(first.severity, Severity::Info);
}

TEST(TraceEventBuilder, C5_requires_a_type_and_a_component) {
  expect_error(ErrorCode::kEvent, "event_type", [] { (void)TraceEventBuilder().build(); });
  expect_error(ErrorCode::kEvent, "event_type",
               [] { (void)TraceEventBuilder().with_component("c").build(); });
  expect_error(ErrorCode::kEvent, "event_type", [] { (void)minimal().with_type("").build(); });
  expect_error(ErrorCode::kEvent, "component",
               [] { (void)TraceEventBuilder().with_type("t").build(); });
  expect_error(ErrorCode::kEvent, "component",
               [] { (void)minimal().with_component("").build(); });
}

}  // namespace
}  // namespace aegis::trace
