// Where things are. Every script works from any current directory.

import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** A path inside the project. */
export const inRoot = (...parts) => [root, ...parts].join('/');

/** The command line file of a development dependency, run with our own Node: no shell, no .bin, no npx. */
export const packageFile = (name, file) => inRoot('node_modules', name, file);

/** Where node-gyp-build looks first. */
export const addonFile = inRoot('build/Release/aegis_trace.node');
