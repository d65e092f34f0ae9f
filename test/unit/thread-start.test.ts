import { expect, it } from 'vitest';
import { withoutPreloads } from '../../src/pipeline/thread-start.js';

it.each([
  ['', ''],
  ['--max-old-space-size=100', '--max-old-space-size=100'],
  ['--import ./a.mjs', ''],
  ['--import=./a.mjs --no-warnings', '--no-warnings'],
  ['-r ./a.cjs -r ./b.cjs', ''],
  ['--require=./a.cjs', ''],
  ['--no-warnings --import ./a.mjs --stack-trace-limit=5', '--no-warnings --stack-trace-limit=5'],
  ['--import "./with a blank.mjs" --no-warnings', '--no-warnings'],
  ['"--import=./with a blank.mjs" --no-warnings', '--no-warnings'],
  ['--import "a\\" --import b" --no-warnings', '--no-warnings'],
  ['--experimental-loader ./a.mjs', ''],
  ['--loader=./a.mjs --title="a b"', '--title="a b"'],
  ['--require-module --importer', '--require-module --importer'],
])(
  'a pipeline started by a preloaded module is not started in its own thread: %j',
  (given, kept) => {
    expect(withoutPreloads(given)).toBe(kept);
  },
);
