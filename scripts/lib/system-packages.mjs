// Installs missing tools through apt where that is allowed, else says in one line what is missing and what to run.

import { existsSync } from 'node:fs';
import { outputOf, run, ScriptError, step } from './run.mjs';

const hasApt = () =>
  existsSync('/etc/debian_version') && outputOf('apt-get', ['--version']) !== undefined;

function howToInstall(missing) {
  const names = (manager) => [...new Set(missing.map((tool) => tool[manager]))].join(' ');
  if (process.platform === 'darwin') return `Run: brew install ${names('brew')}`;
  if (hasApt()) return `Run: sudo apt-get update && sudo apt-get install -y ${names('apt')}`;
  return `Install with your package manager what Debian calls: ${names('apt')}`;
}

/**
 * Makes sure every one of these tools is there. Throws a ScriptError with exit code 2 when that cannot be done;
 * for `optional` ones it says so and goes on.
 */
export async function ensureTools(wanted, { optional = false } = {}) {
  const missing = wanted.filter((tool) => !tool.present());
  if (missing.length === 0) return;
  const list = missing.map((tool) => tool.name).join(', ');
  if (hasApt() && process.getuid?.() === 0) {
    step(`installing ${list} with apt-get`);
    await aptInstall(missing.map((tool) => tool.apt));
  }
  const still = missing.filter((tool) => !tool.present());
  if (still.length === 0) return;
  const names = still.map((tool) => tool.name).join(', ');
  const message = `missing ${names}. ${howToInstall(still)}`;
  if (!optional) throw new ScriptError(message, { exitCode: 2 });
  step(`going on without: ${message}`);
}

async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    // Without fresh lists apt may know none of the packages, or only versions that are no longer served.
    await run('apt-get', ['update', '-q'], { env });
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], { env });
  } catch (error) {
    step(`apt-get did not succeed: ${error.message}`);
  }
}
