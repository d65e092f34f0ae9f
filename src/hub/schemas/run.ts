import { count, int64, objectOf, text, uuid } from './event.js';

/** A run, as the head of a batch has it. */
export const runAnswer = objectOf(
  {
    run: uuid,
    pid: count,
    host: text,
    service: text,
    project: text,
    version: text,
    clock: objectOf({
      anchors: {
        type: 'array',
        items: objectOf({ steady_ns: int64, wall_ns: int64 }),
        description: 'What places its steady clock in wall time, the latest last.',
      } as const,
    }),
  },
  ['host', 'service', 'project', 'version'],
);
