// The binary that ships inside the package, named as node-gyp-build looks for it.

import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { inRoot } from './paths.mjs';
import { run, step } from './run.mjs';

/** `prebuilds/linux-x64/aegis-trace.glibc.node` and the like. On Linux the C library is part of the name. */
export function prebuildName() {
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc'; // the same test as node-gyp-build's
  const tag = process.platform === 'linux' ? `.${libc}` : '';
  return `prebuilds/${process.platform}-${process.arch}/aegis-trace${tag}.node`;
}

/** Copies the addon to its place in the package, without symbols nobody needs at run time. */
export async function makePrebuild(addon) {
  const target = inRoot(prebuildName());
  step(`making ${prebuildName()}`);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { force: true }); // never written in place: a process may have it mapped
  copyFileSync(addon, target);
  // -x keeps the global symbols by which Node finds the module's entry.
  await run('strip', [process.platform === 'darwin' ? '-x' : '--strip-unneeded', target]);
}
