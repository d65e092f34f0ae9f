import { isIP } from 'node:net';

/**
 * Whether a Host header names a hub: an address, localhost or a name that was allowed. A page of another site that
 * makes its own name lead here would be refused.
 */
export function isKnownHost(header: string | undefined, allowed: readonly string[]): boolean {
  if (header === undefined) return false;
  const host = header
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return host === 'localhost' || isIP(host) !== 0 || allowed.includes(host);
}
