const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of a UUID, in either case and of any version: what an id may be. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
