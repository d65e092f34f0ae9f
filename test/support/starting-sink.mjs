// A sink module that starts a pipeline in the thread of a pipeline, and keeps in a file what came of it.
import { appendFileSync } from 'node:fs';
import { TraceCollector } from '../../dist/index.js';
import { startPipeline } from '../../dist/pipeline/index.js';

export default async ({ path }) => {
  const start = startPipeline({ collector: new TraceCollector({ capacity: 10 }), sink: () => {} });
  appendFileSync(
    path,
    `${await start.then(
      () => 'started',
      (error) => error.code,
    )}\n`,
  );
  return {
    append: async () => ({ inserted: 0, duplicates: 0, rejected: [] }),
    close: async () => {},
  };
};
