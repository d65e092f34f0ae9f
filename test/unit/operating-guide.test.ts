import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRIC_NAMES } from '../../src/hub/hub-metrics.js';
import { WARNING_CODES } from '../../src/warnings.js';

const guide = readFileSync(new URL('../../docs/OPERATING.md', import.meta.url), 'utf8');

it('the guide for operators has every warning', () => {
  const listed = [...guide.matchAll(/^\| `(AEGIS_[A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(listed.toSorted()).toEqual(Object.keys(WARNING_CODES).toSorted());
});

it('the guide for operators has every metric of a hub', () => {
  const [, table = ''] = /\n### Metrics\n(.*?)\n###/s.exec(guide) ?? [];
  const firstCells = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell = '']) => cell).join();
  const listed = [...firstCells.matchAll(/`([a-z_]+)/g)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(METRIC_NAMES.toSorted());
});

it('the guide for operators has every rule, and no other', () => {
  const path = new URL('../../docs/operating/aegis-trace.rules.yml', import.meta.url);
  const rules = readFileSync(path, 'utf8').matchAll(/^ +- alert: (\w+)$/gm);
  const named = new Set(guide.match(/AegisTrace[A-Z]\w+/g));
  expect([...named, 'AegisTraceHubDown'].toSorted()).toEqual(
    [...rules].map(([, name]) => name).toSorted(),
  );
});
