/* Recording from C or C++ into a collector that Node opened in the same process, without linking to
 * aegis-trace. JavaScript passes the number of collector.nativeHandle() to your code; cast it:
 *
 *     const aegis_trace_recorder* theirs = (const aegis_trace_recorder*)(uintptr_t)handle;
 *     aegis_trace_recorder* mine = theirs->retain(theirs);   // while the collector is open
 *     mine->record(mine, &event);                            // from any thread, at any time
 *     mine->release(mine);                                   // the ring goes with its last owner
 *
 * No function throws. Check abi_version first: fields are only ever added after the last one, and
 * the version changes when their meaning does.
 */
#ifndef AEGIS_TRACE_ABI_H
#define AEGIS_TRACE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AEGIS_TRACE_ABI_VERSION 1

/** UTF-8, not terminated; data may be null when size is 0. Only read during the call. */
typedef struct aegis_trace_string {
  const char* data;
  size_t size;
} aegis_trace_string;

typedef struct aegis_trace_attribute {
  aegis_trace_string key;
  aegis_trace_string value;
} aegis_trace_attribute;

/** What happened; event_type and component must not be empty. Zero the rest you do not need. */
typedef struct aegis_trace_event {
  aegis_trace_string event_type;
  aegis_trace_string component;
  aegis_trace_string model_id;
  aegis_trace_string request_id;
  aegis_trace_string rationale;
  const aegis_trace_attribute* attributes;
  size_t attribute_count;
  int64_t timestamp_ns; /**< steady clock; only when has_timestamp, else the time of the call */
  int64_t duration_ns;
  uint8_t has_timestamp;
  uint8_t severity; /**< 0 Info, 1 Warning, 2 Error, 3 Critical */
} aegis_trace_event;

/** One owner of a collector's ring. */
typedef struct aegis_trace_recorder {
  uint32_t abi_version;
  /** Stores the event. Returns 1, or 0 when it was rejected (and counted), or recording is off. Any thread. */
  int (*record)(const struct aegis_trace_recorder* self, const aegis_trace_event* event);
  /** A further owner, or null when there is no memory. Any thread. */
  struct aegis_trace_recorder* (*retain)(const struct aegis_trace_recorder* self);
  /** Ends an owner that retain() made; it must not be used again. Any thread. */
  void (*release)(struct aegis_trace_recorder* self);
  /** 1 while recording is on: ask before an event is made that is costly to make. Any thread. */
  int (*is_recording)(const struct aegis_trace_recorder* self);
} aegis_trace_recorder;

#ifdef __cplusplus
}
#endif

#endif /* AEGIS_TRACE_ABI_H */
