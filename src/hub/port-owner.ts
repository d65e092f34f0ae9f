import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of a line of `/proc/net/tcp`: a socket that listens. */
const LISTENS = '0A';
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

/**
 * Which process listens on a port, such as `node server.js (pid 4711)`: on Linux, and of other users only when asked by root.
 * Undefined when that cannot be seen.
 */
export function portOwner(port: number): string | undefined {
  const sockets = TABLES.flatMap((table) => socketsOf(table, port));
  if (sockets.length === 0) return undefined;
  const links = new Set(sockets.map((inode) => `socket:[${inode}]`));
  const pid = readdirOr('/proc').find((name) => /^\d+$/.test(name) && hasSocket(name, links));
  return pid === undefined ? undefined : `${commandOf(pid)} (pid ${pid})`;
}

/** The inodes of the sockets of a table that listen on a port. */
function socketsOf(table: string, port: number): string[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return [];
  }
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(suffix) && state === LISTENS && inode !== undefined ? [inode] : [];
  });
}

function hasSocket(pid: string, links: ReadonlySet<string>): boolean {
  return readdirOr(`/proc/${pid}/fd`).some((file) => {
    try {
      return links.has(readlinkSync(`/proc/${pid}/fd/${file}`));
    } catch {
      return false; // closed meanwhile
    }
  });
}

function commandOf(pid: string): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return command.slice(0, 100) || 'a process';
  } catch {
    return 'a process';
  }
}

/** Nothing where it may not be read. */
function readdirOr(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
