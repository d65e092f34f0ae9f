import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Connection } from './connection.js';

/** A new row of insertion times is begun after so long: events are kept as much longer at most. */
const INSERTION_STEP_MS = 1000;
const MILLIS_PER_TEN_MINUTES = 600_000;
const NANOS_PER_MILLI = 1_000_000n;

/** What a database knows of itself. */
export interface StoreState {
  /** UUID. */
  readonly database: string;
  /** The id of the next event; ids are never used again. */
  readonly nextEvent: number;
  /** Milliseconds on the clock of the store, now: see {@link readState}. */
  readonly nowMs: number;
}

/**
 * The state, with the time on the clock of the store. That clock runs while the machine does, whoever has
 * the database open or nobody: it is the steady clock, carried on from one boot to the next. No wall clock
 * has any part in it, so that none can make an event old: not one that is set, nor one that is wrong until
 * the network is there. While the machine is off or asleep, or the database is moved, nothing grows older.
 */
export function readState(connection: Connection): StoreState {
  const statement = connection.prepare(
    'SELECT uuid, next_event, clock_ms, boot, boot_ms FROM store',
  );
  statement.setReadBigInts(false);
  const row = statement.get() as Record<string, number | string>;
  const elapsedMs = row.boot === bootId() ? steadyMs() - (row.boot_ms as number) : 0;
  return {
    database: row.uuid as string,
    nextEvent: row.next_event as number,
    nowMs: (row.clock_ms as number) + Math.max(0, elapsedMs),
  };
}

/** Writes the time of a state down, with the next id. In a transaction that has read it. */
export function writeState(connection: Connection, { nowMs }: StoreState, nextEvent: number): void {
  connection.run(
    'UPDATE store SET next_event = ?, clock_ms = ?, boot = ?, boot_ms = ? WHERE id = 1',
    [nextEvent, nowMs, bootId(), steadyMs()],
  );
}

/** Says of the events from `first` on that they were inserted now, or less than a second later. */
export function noteInsertion(connection: Connection, first: number, nowMs: number): void {
  const last = connection.number('SELECT from_ms FROM insertion ORDER BY first_event DESC LIMIT 1');
  if (last !== undefined && nowMs - last < INSERTION_STEP_MS) return;
  connection.run('INSERT INTO insertion VALUES (?, ?)', [first, nowMs]);
}

/** The first event that was inserted, or may have been, less than so many milliseconds ago. */
export function firstYounger(connection: Connection, olderThanMs: number): number {
  // Nothing was inserted since the state was written last.
  const lastMs = connection.number('SELECT clock_ms FROM store') as number;
  const state = readState(connection);
  writeState(connection, state, state.nextEvent);
  const endMs = state.nowMs - olderThanMs;
  if (lastMs <= endMs) return state.nextEvent;
  const first = connection.number(
    'SELECT first_event FROM insertion WHERE from_ms > ? ORDER BY first_event LIMIT 1',
    [endMs - INSERTION_STEP_MS],
  );
  return first ?? state.nextEvent;
}

/** The next id of a name; none is used again, whatever is purged. In a transaction. */
export function takeId(connection: Connection, table: 'run' | 'process'): number {
  connection.run(`UPDATE store SET next_${table} = next_${table} + 1 WHERE id = 1`);
  return (connection.number(`SELECT next_${table} FROM store`) as number) - 1;
}

/** Milliseconds since the machine's boot, whole. */
function steadyMs(): number {
  return Number(process.hrtime.bigint() / NANOS_PER_MILLI);
}

let knownBoot: string | undefined;

/** Names the span in which the steady clock of all processes is the same one. */
function bootId(): string {
  knownBoot ??= findBootId();
  return knownBoot;
}

function findBootId(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // A container may have a steady clock of its own.
    return `${boot} ${timeNamespace()}`;
  } catch {
    // Where the wall clock is set it looks like another boot, and then no time counts as passed.
    const bootMs = Date.now() - uptime() * 1000;
    return `booted ${Math.round(bootMs / MILLIS_PER_TEN_MINUTES)}`;
  }
}

function timeNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/time');
  } catch {
    return ''; // a kernel before 5.6 has none
  }
}
