import { afterAll, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { checkLog } from '../../scripts/demo/proof/log-check.mjs';
// @ts-expect-error: plain JavaScript
import { mergeWorkload, requestIdOf } from '../../scripts/demo/scheduler/workload.mjs';
import { makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const row = { arrivalNs: 0n, contextTokens: 1, generatedTokens: 1 };
const workload = mergeWorkload([{ model: 'm', rows: [row, row] }]);
const [first, second] = [requestIdOf(workload, 0), requestIdOf(workload, 1)];
const line = (operation_id: string | undefined, msg: string) =>
  JSON.stringify({ level: 30, time: 1.5, name: 'x', operation_id, msg });
const log = (name: string, ...lines: string[]) => folder.write(name, `${lines.join('\n')}\n`);

it('keeps the lines of the sample, in order', async () => {
  const file = log('good.log', line(first, 'a'), line(second, 'b'), line(first, 'c'));
  const { lines, sample, problems } = await checkLog(file, workload, first);
  expect(lines).toBe(3);
  expect(sample.map(({ msg }: { msg: string }) => msg)).toEqual(['a', 'c']);
  expect(problems).toEqual([]);
});

it('counts lines of no request: of another, outside of an operation, torn', async () => {
  const lines = [line(first, 'a'), line(second, 'b')];
  lines.push(line('f'.repeat(32), 'c'), line(undefined, 'd'), '{"level":30,"ti{"level"');
  const { problems } = await checkLog(log('strangers.log', ...lines), workload, undefined);
  expect(problems).toEqual(['3 lines of the log belong to no request']);
});

it('misses requests that no line is about', async () => {
  const { problems } = await checkLog(log('gap.log', line(first, 'a')), workload, first);
  expect(problems).toEqual(['1 requests have no line in the log']);
});
