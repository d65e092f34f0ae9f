import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isKnownHost } from '../../src/hub/host-check.js';
import { HubKeys, openKeys } from '../../src/hub/keys.js';
import { checkHubOptions, type HubOptions } from '../../src/hub/options.js';
import { keyOfFile } from '../../src/wire/hub-address.js';
import { expectTraceError } from '../support/collect.js';
import { makeStoreFolder } from '../support/store-folder.js';

const KEY = 'a-key-of-at-least-16';

function open(folder: string, options: HubOptions = {}) {
  return openKeys(checkHubOptions({ database: join(folder, 'hub.db'), ...options }));
}

it('makes a key for each scope at the first start, for its owner only, and reads them at the next', () => {
  const folder = makeStoreFolder();
  const { keys, made } = open(folder);
  expect(made.map(({ scopes }) => scopes)).toEqual([
    ['ingest'],
    ['read'],
    ['ingest', 'read', 'admin'],
  ]);
  const file = join(folder, 'hub.keys');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = open(folder);
  expect(again.made).toEqual([]);
  for (const { key, scopes } of made) {
    expect(key).toMatch(/^aegis-(ingest|read|admin)-[\w-]{32}$/);
    expect(keys.find(key)?.scopes).toEqual(scopes);
    expect(again.keys.find(key)?.scopes).toEqual(scopes);
    expect(keys.find(`${key}x`)?.scopes).toBeUndefined();
  }
  const text = readFileSync(file, 'utf8');
  expect(keyOfFile(text, 'read')).toBe(made[1]?.key);
  expect(keyOfFile(text, 'admin')).toBe(made[2]?.key);
  expect(open(makeStoreFolder()).made[0]?.key).not.toBe(made[0]?.key);
});

it('two keys of a scope are both good', () => {
  const keys = new HubKeys([
    { key: `${KEY}-1`, scopes: ['read'] },
    { key: `${KEY}-2`, scopes: ['read', 'ingest'] },
  ]);
  expect(keys.find(`${KEY}-1`)?.scopes).toEqual(['read']);
  expect(keys.find(`${KEY}-2`)?.scopes).toEqual(['read', 'ingest']);
  expect(keys.find('')?.scopes).toBeUndefined();
});

it('reads a file that a person wrote', () => {
  const folder = makeStoreFolder();
  const file = join(folder, 'hub.keys');
  writeFileSync(file, `# mine\n\n  read,ingest   ${KEY}#1\n`, { mode: 0o600 });
  expect(open(folder).keys.find(`${KEY}#1`)?.scopes).toEqual(['read', 'ingest']);
});

it.each<[string, string, number, RegExp]>([
  [
    'others can read',
    `read ${KEY}\n`,
    0o640,
    /has mode 0640: others can read the keys in it; chmod 600 it/,
  ],
  ['is empty', '# nothing\n', 0o600, /has no key/],
  [
    'has a short key',
    'read short\n',
    0o600,
    /the key in line 1 of .* must be 16 to 512 .*; got "5 characters"/,
  ],
  [
    'has an unknown scope',
    `read ${KEY}\nwrite ${KEY}\n`,
    0o600,
    /scopes of the key in line 2 .* must be ingest, read, admin; got "write"/,
  ],
  ['has three words in a line', `read ${KEY} ${KEY}\n`, 0o600, /the key in line 1/],
])('refuses a file that %s, without showing a key', async (_, text, mode, message) => {
  const folder = makeStoreFolder();
  const file = join(folder, 'hub.keys');
  writeFileSync(file, text);
  chmodSync(file, mode);
  const error = await expectTraceError(() => open(folder), 'ERR_TRACE_OPTION', message);
  expect(error.message).not.toContain(KEY);
});

it('makes no keys on an address that others reach', async () => {
  const start = () => open(makeStoreFolder(), { host: '0.0.0.0' });
  await expectTraceError(start, 'ERR_TRACE_OPTION', /a hub on 0.0.0.0 needs keys/);
  const given = [{ key: KEY, scopes: ['read'] as const }];
  expect(open(makeStoreFolder(), { host: '0.0.0.0', keys: given }).made).toEqual([]);
});

it.each<[object, RegExp]>([
  [{ prot: 1 }, /a field of options must be one of host, port, .*; got "prot"/],
  [{ port: 65_536 }, /port must be an integer from 0 to 65535; got 65536/],
  [{ port: '8099' }, /port must be/],
  [{ host: '' }, /host must be a non-empty string/],
  [{ retentionHours: 0 }, /retentionHours must be a number from 0.01/],
  [{ queueBytes: 1 }, /queueBytes must be an integer from 1048576/],
  [{ allowHosts: 'a' }, /allowHosts must be a list of host names/],
  [{ allowHosts: ['a b'] }, /a name of allowHosts must be a host name; got "a b"/],
  [{ keys: [] }, /keys must be a list of one key at least/],
  [{ keys: [{ key: KEY, scopes: [] }] }, /the scopes of keys\[0\] must be ingest, read, admin/],
  [
    { keys: [{ key: 7, scopes: ['read'] }] },
    /keys\[0\] must be 16 to 512 visible ASCII characters; got "number"/,
  ],
])('refuses the options %o', async (options, message) => {
  await expectTraceError(() => checkHubOptions(options), 'ERR_TRACE_OPTION', message);
});

it.each<[string | undefined, boolean]>([
  ['localhost', true],
  ['localhost:8099', true],
  ['127.0.0.1', true],
  ['[::1]:8099', true],
  ['192.168.1.7:80', true],
  ['Hub.Example', true],
  ['hub.example.evil', false],
  ['evil', false],
  ['', false],
  ['localhost:8099:1', false],
  [undefined, false],
])('the Host %s is known: %s', (header, isKnown) => {
  expect(isKnownHost(header, ['hub.example'])).toBe(isKnown);
});
