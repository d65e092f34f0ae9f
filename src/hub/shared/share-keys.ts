// What several hubs with one store have in Redis: of each store its own keys.

/** How hubs speak of what they share. */
export interface ShareKeys {
  /** Hash: requests that are HOT, WARM or were made COLD. */
  readonly heat: string;
  /** Live events: a stream, the number of its last event, a UUID that names this order, and who reads it. */
  readonly events: string;
  readonly eventNumber: string;
  readonly eventOrder: string;
  readonly eventReaders: string;
  /** Who looks at the rules, and how many hubs have begun to: the fencing number. */
  readonly alertHolder: string;
  readonly alertFence: string;
  /** The latest version of any project. */
  readonly projectVersion: string;
}

/** @param store - UUID of the store. */
export function shareKeys(store: string): ShareKeys {
  // In braces: a cluster of Redis keeps them together, as scripts need them.
  const of = (name: string): string => `aegis:{${store}}:${name}`;
  return {
    heat: of('heat'),
    events: of('events'),
    eventNumber: of('event-number'),
    eventOrder: of('event-order'),
    eventReaders: of('event-readers'),
    alertHolder: of('alert-holder'),
    alertFence: of('alert-fence'),
    projectVersion: of('project-version'),
  };
}
