import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { programInfo } from '../../src/pipeline/program-info.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { connect, openStore } from '../support/store-folder.js';

it('the options say what the program is, else the environment', () => {
  const env = {
    AEGIS_SERVICE: 'from-env',
    OTEL_SERVICE_NAME: 'from-otel',
    AEGIS_PROJECT: 'shop',
    AEGIS_VERSION: '',
  };
  const host = hostname();
  expect(programInfo({ service: 'checkout', version: '1.2.3' }, env)).toEqual({
    host,
    service: 'checkout',
    project: 'shop',
    version: '1.2.3',
  });
  expect(programInfo({}, env)).toMatchObject({ service: 'from-env', version: undefined });
  expect(programInfo({}, { OTEL_SERVICE_NAME: 'from-otel' }).service).toBe('from-otel');
  expect(programInfo({}, {})).toEqual({ host });
});

it('a name that is none is refused, with the option or the variable it came from', async () => {
  const long = 'x'.repeat(201);
  const cases: [object, NodeJS.ProcessEnv, RegExp][] = [
    [{ service: 7 }, {}, /^service must be a non-empty string; got 7/],
    [{ project: '' }, {}, /^project must be a non-empty string; got ""/],
    [{}, { OTEL_SERVICE_NAME: long }, /^OTEL_SERVICE_NAME must be of at most 200 characters/],
  ];
  for (const [options, env, message] of cases) {
    await expectTraceError(() => programInfo(options, env), 'ERR_TRACE_OPTION', message);
  }
});

it('a store has what is known of the program of each run', async () => {
  const { store, path } = await openStore();
  const known = { host: 'a', service: 'checkout', project: 'shop', version: '1.2.3' };
  await store.append(makeRun(known), makeEvents(1));
  await store.append(makeRun(), makeEvents(1));
  const database = await connect(path);
  const sql = 'SELECT host, service, project, version FROM run ORDER BY id';
  expect(database.prepare(sql).all()).toEqual([
    known,
    { host: '', service: '', project: '', version: '' },
  ]);
});
