import { GATE_ID_MAX } from '../event/gate-report.js';

// What a hub says about which requests are to be sent to it: the body of `/tracing/config`.

/** `off`: everything is sent. `dry_run`: everything is sent, and says what would have stayed. */
export type GateMode = 'off' | 'adaptive' | 'dry_run';

export const GATE_MODES: readonly GateMode[] = ['off', 'adaptive', 'dry_run'];

/** Ids that a client takes; a hub has fewer. */
const IDS_MAX = 100_000;

/** A request that is sent whole, by everybody. */
export interface HotRequest {
  readonly id: string;
  /** Names this time of being hot, also among others of the same id: milliseconds since 1970, about. */
  readonly since: number;
}

export interface GateConfig {
  readonly mode: GateMode;
  /** Of requests of which nothing is said, the share that is sent: 0 to 1. */
  readonly defaultRate: number;
  /** Of those in `warm`. */
  readonly warmRate: number;
  readonly hot: readonly HotRequest[];
  readonly warm: readonly string[];
  /** A hash of all this. */
  readonly etag: string;
}

/** As JSON, but for the etag, which follows from it. */
export function formatGateConfig(config: Omit<GateConfig, 'etag'>): string {
  const { mode, defaultRate, warmRate, hot, warm } = config;
  return JSON.stringify({
    mode,
    default_rate: defaultRate,
    warm_rate: warmRate,
    hot_correlations: hot.map(({ id }) => id),
    hot_since: hot.map(({ since }) => since),
    warm_correlations: warm,
  });
}

/** Puts the etag into what formatGateConfig() gave. */
export function withEtag(text: string, etag: string): string {
  return `${text.slice(0, -1)},"etag":${JSON.stringify(etag)}}`;
}

/** @throws Error that says what is wrong. */
export function parseGateConfig(text: string): GateConfig {
  const given = JSON.parse(text) as Record<string, unknown>;
  const { mode, hot_correlations: ids, hot_since: since, warm_correlations: warm, etag } = given;
  if (!GATE_MODES.includes(mode as GateMode)) throw new Error('it has no mode');
  if (typeof etag !== 'string' || etag === '' || etag.length > 200)
    throw new Error('it has no etag');
  if (!isList(ids, isId) || !isList(warm, isId)) throw new Error('its ids are no list of texts');
  if (!isList(since, Number.isSafeInteger) || since.length !== ids.length) {
    throw new Error('hot_since has not a number for each id');
  }
  return {
    mode: mode as GateMode,
    defaultRate: rateOf(given.default_rate, 'default_rate'),
    warmRate: rateOf(given.warm_rate, 'warm_rate'),
    hot: (ids as string[]).map((id, index) => ({ id, since: since[index] as number })),
    warm: warm as string[],
    etag,
  };
}

function isList(value: unknown, isItem: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.length <= IDS_MAX && value.every(isItem);
}

const isId = (item: unknown): boolean =>
  typeof item === 'string' && item !== '' && item.length <= GATE_ID_MAX;

function rateOf(value: unknown, name: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new Error(`${name} is no number from 0 to 1`);
}
