// What was measured, and on what.

import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { inRoot } from '../lib/paths.mjs';

function versionOf(folder) {
  return JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8')).version;
}

export function describeEnvironment({ quick }) {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform} ${release()} ${process.arch}`,
    date: new Date().toISOString(),
    quick,
    versions: {
      'aegis-trace': versionOf('.'),
      '@opentelemetry/sdk-trace-base': versionOf('node_modules/@opentelemetry/sdk-trace-base'),
      pino: versionOf('node_modules/pino'),
    },
  };
}
