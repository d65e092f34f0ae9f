import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withProfile } from '../../src/cli/hub-profile.js';
import { hubSettings } from '../../src/hub/settings.js';
import { expectTraceError } from '../support/collect.js';
import { makeStoreFolder } from '../support/store-folder.js';

function toml(text: string): string {
  const path = join(makeStoreFolder(), 'hub.toml');
  writeFileSync(path, text);
  return path;
}

it('a flag comes before the environment, and that before the file', async () => {
  const file = toml(`
    host = "::1"
    port = 1
    retention_hours = 0.5
    allow_hosts = ["a", "b"]
    queue_bytes = 2097152
  `);
  const env = { AEGIS_HUB_PORT: '2', AEGIS_HUB_RETENTION_HOURS: '12', AEGIS_HUB_HOST: '' };
  expect(await hubSettings({ port: '3' }, env, file)).toEqual({
    host: '::1',
    port: 3,
    retentionHours: 12,
    allowHosts: ['a', 'b'],
    queueBytes: 2_097_152,
  });
  expect(await hubSettings({ allowHosts: 'x, y' }, {}, undefined)).toEqual({
    allowHosts: ['x', 'y'],
  });
});

it('understands the names of an older program', async () => {
  const env = {
    TRACEHUB_DB: 'a.db',
    TRACEHUB_PORT: '7',
    TRACEHUB_RETENTION_HOURS: '1',
    TRACEHUB_SECRET: 'a-secret-of-16-or-more',
  };
  expect(await hubSettings({}, env, undefined)).toEqual({
    database: 'a.db',
    port: 7,
    retentionHours: 1,
    keys: [{ key: 'a-secret-of-16-or-more', scopes: ['ingest', 'read', 'admin'] }],
  });
  const newer = { ...env, AEGIS_HUB_PORT: '8' };
  expect(await hubSettings({}, newer, undefined)).toMatchObject({ port: 8 });
});

it.each<[Record<string, string>, Record<string, string>, string | undefined, RegExp]>([
  [{ port: 'x' }, {}, undefined, /^--port must be an integer; got "x"/],
  [{ retentionHours: '' }, {}, undefined, /^--retention-hours must be a number; got ""/],
  [{}, { AEGIS_HUB_PORT: '1.5' }, undefined, /^AEGIS_HUB_PORT must be an integer; got "1.5"/],
  [{}, {}, 'port = "x"', /^port in .*hub.toml must be an integer; got "x"/],
  [{}, {}, 'allow_hosts = "x"', /^allow_hosts in .* must be a list of texts/],
  [{}, {}, 'prot = 1', /a key in .* must be one of host, port, .*; got "prot"/],
  [{}, {}, 'port = \n', /hub.toml: .*/],
])('refuses %o %o %s', async (flags, env, text, message) => {
  const file = text === undefined ? undefined : toml(text);
  await expectTraceError(() => hubSettings(flags, env, file), 'ERR_TRACE_OPTION', message);
});

it('a file that cannot be read is an error', async () => {
  await expectTraceError(
    () => hubSettings({}, {}, '/nowhere/hub.toml'),
    'ERR_TRACE_FILE',
    /\/nowhere\/hub.toml could not be read/,
  );
});

describe('a profile of a hub', () => {
  const write = (text: string) => {
    const file = join(makeStoreFolder(), 'hubs.toml');
    writeFileSync(file, text);
    return file;
  };
  const TABLES =
    '[production]\nurl = "https://hub.example"\nkey_file = "production.key"\n[local]\nurl = "http://localhost:1"\n';

  it('is named by a flag or the environment, and what else is given counts', async () => {
    const file = write(TABLES);
    const env = { AEGIS_HUB_PROFILES: file };
    const keyFile = join(dirname(file), 'production.key');
    expect(await withProfile({ profile: 'production' }, env)).toEqual({
      hub: 'https://hub.example',
      keyFile,
    });
    expect(await withProfile({}, { ...env, AEGIS_HUB_PROFILE: 'local' })).toEqual({
      hub: 'http://localhost:1',
    });
    expect(await withProfile({ profile: 'production', hub: 'http://other' }, env)).toEqual({
      hub: 'http://other',
      keyFile,
    });
    expect(await withProfile({ keyFile: 'x' }, env)).toEqual({ keyFile: 'x' });
  });

  it('is beside the other configuration of the user', async () => {
    const folder = makeStoreFolder();
    mkdirSync(join(folder, 'aegis-trace'));
    writeFileSync(join(folder, 'aegis-trace/hubs.toml'), TABLES);
    const found = await withProfile({ profile: 'local' }, { XDG_CONFIG_HOME: folder });
    expect(found).toEqual({ hub: 'http://localhost:1' });
  });

  it.each<[string, string, RegExp]>([
    [
      'a name that is not there',
      TABLES,
      /a profile of .*hubs.toml must be one of production, local; got "x"/,
    ],
    ['a key that there is not', '[x]\nkey = "secret"\n', /must be one of url, key_file/],
    ['a value of another type', '[x]\nurl = 7\n', /url in \[x\] of .* must be a text; got 7/],
    ['no table', 'x = 1\n', /\[x\] of .* must be an object/],
    ['no TOML', '[x\n', /hubs.toml: Invalid TOML/],
  ])('%s is an error that says where', async (_, text, message) => {
    const promise = withProfile({ profile: 'x' }, { AEGIS_HUB_PROFILES: write(text) });
    await expect(promise).rejects.toThrow(message);
  });
});
