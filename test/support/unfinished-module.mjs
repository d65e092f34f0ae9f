// Shows itself to `globalThis.look` before it has run: to read its name then throws.
import * as own from './unfinished-module.mjs';

globalThis.look(own);

export const later = 1;
