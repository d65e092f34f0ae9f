/** Where a hub listens unless it is told otherwise. */
export const HUB_URL_DEFAULT = 'http://127.0.0.1:8099';

/** Whether a URL leads to this machine, without asking for its name. */
export function isOwnMachine({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The first key of a hub's file of keys that may be used for something: a line has scopes, a space, the key. */
export function keyOfFile(text: string, scope: 'ingest' | 'read' | 'admin'): string | undefined {
  for (const line of text.split('\n')) {
    const [scopes = '', key] = line.trim().split(/\s+/);
    if (!scopes.startsWith('#') && scopes.split(',').includes(scope)) return key;
  }
  return undefined;
}
