import { createRequire } from 'node:module';
import { availableParallelism, release, totalmem } from 'node:os';
import { loadDriver } from '../../store/sqlite/sqlite-driver.js';
import { messageOf } from '../../thrown.js';
import { type Finding, fail, find, type Said, warn } from './finding.js';

/** The first 20.x in which require() of an ES module needs no flag. */
const NODE_MINIMUM = [20, 19] as const;
/** What the hub and the readers of TOML files take; each is there by default. */
const OPTIONAL = ['fastify', '@fastify/rate-limit', 'smol-toml'];

/** The machine and the package. */
export async function checkMachine(version: string): Promise<Finding[]> {
  return Promise.all([
    find('package', () => `aegis-trace ${version}`),
    find('node', checkNode),
    find('machine', () => {
      const gigabytes = Math.round(totalmem() / 1e9);
      return `${process.platform} ${release()} ${process.arch}, ${libc()}, ${availableParallelism()} processors, ${gigabytes} GB`;
    }),
    find('addon', checkAddon),
    find('sqlite', checkSqlite),
    find('packages', checkPackages),
    find('environment', checkEnvironment),
  ]);
}

function checkNode(): Said {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = NODE_MINIMUM;
  const text = `Node ${process.versions.node}`;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return text;
  return fail(text, `install Node ${needMajor}.${needMinor} or later`);
}

function libc(): string {
  // It would ask for the name of every address that a socket of ours has.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as unknown as {
    header: { glibcVersionRuntime?: string };
  };
  if (process.platform !== 'linux') return 'libc of the system';
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`;
}

/** Records an event and reads it back. */
async function checkAddon(): Promise<Said> {
  try {
    const { TraceCollector } = await import('../../collector/trace-collector.js');
    const collector = new TraceCollector({ capacity: 1 });
    collector.recordNow('doctor', 'aegis-trace', 'is it recorded?');
    const [event] = collector.query();
    collector.close();
    if (event?.rationale === 'is it recorded?') return 'records, and what was recorded is read';
    return fail('what was recorded is not read', 'report this, with all that is shown here');
  } catch (error) {
    return fail(
      messageOf(error),
      'install it again on this machine: npm rebuild aegis-trace, or npm run build in a clone',
    );
  }
}

async function checkSqlite(): Promise<Said> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(':memory:');
  const row = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  return `SQLite ${row?.version}`;
}

function checkPackages(): Said {
  const require = createRequire(import.meta.url);
  const missing = OPTIONAL.filter((name) => {
    try {
      require.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return `${OPTIONAL.join(', ')} are there`;
  return warn(
    `without ${missing.join(', ')}: no hub can be started here`,
    `npm install ${missing.join(' ')}`,
  );
}

/** Names alone: a value may be a key. */
function checkEnvironment(): Said {
  const names = Object.keys(process.env).filter((name) => /^(AEGIS|TRACEHUB|OTEL)_/.test(name));
  return names.length === 0 ? 'no variables of ours are set' : `${names.sort().join(', ')} are set`;
}
