import type { PageEvent } from './events.js';

// What the hub answers, as far as the page looks at it. Integers of 64 bits are bigints.

export type Scope = 'ingest' | 'read' | 'admin';

export interface SessionAnswer {
  readonly scopes: readonly Scope[];
  readonly title: string;
  readonly note?: string;
  readonly is_read_only: boolean;
}

export interface EventPage {
  readonly events: readonly PageEvent[];
  readonly next: string | undefined;
  readonly count: number;
  readonly isExact: boolean;
}

export interface HubStatus {
  readonly events: number;
  readonly errors: number;
  readonly queue_requests: number;
  readonly queue_bytes: number;
  readonly write_lag_ms?: number;
  readonly lost: number;
  readonly lost_errors: number;
  readonly sources: number;
  readonly alerts_firing: number;
  readonly alerts_failing: number;
  /** Another one when something that the hub answers may have changed. */
  readonly version: string;
}

export interface OverviewBucket {
  readonly from_wall_ns: bigint;
  readonly to_wall_ns: bigint;
  readonly events: number;
  readonly errors: number;
  readonly p50_ms?: number;
  readonly p95_ms?: number;
  readonly p99_ms?: number;
}

export interface OverviewAnswer {
  readonly items: readonly OverviewBucket[];
  readonly processes: readonly {
    readonly process: string;
    readonly events: number;
    readonly errors: number;
    readonly counts: readonly number[];
    readonly p95_ms?: number;
  }[];
  readonly is_exact: boolean;
}

export interface ProcessesAnswer {
  readonly items: readonly {
    readonly process: string;
    readonly events: number;
    readonly errors: number;
    readonly last_wall_ns: bigint;
  }[];
}

/** Whether all of a request is here. */
export type Completeness = 'yes' | 'no' | 'unknown';

export type Severity = 'Info' | 'Warning' | 'Error' | 'Critical';

export interface RequestsAnswer {
  readonly items: readonly {
    readonly request_id: string;
    readonly first_wall_ns: bigint;
    readonly last_wall_ns: bigint;
    readonly duration_ns: bigint;
    readonly events: number;
    readonly errors: number;
    readonly worst_severity: Severity;
    readonly complete: Completeness;
  }[];
  readonly next: string | null;
}

export interface ChainAnswer {
  readonly events: readonly PageEvent[];
  readonly complete: Completeness;
  readonly account: {
    readonly sources: number;
    readonly missing: readonly {
      readonly run?: string;
      readonly service?: string;
      readonly reason: string;
      readonly events?: number;
    }[];
  };
  readonly adaptive_hint?: {
    readonly message: string;
    readonly retry_after_seconds: number;
  };
}

export interface GraphAnswer {
  readonly items: readonly {
    readonly caller: string;
    readonly callee: string;
    readonly calls: number;
    readonly errors: number;
    readonly last_wall_ns: bigint;
  }[];
  readonly is_exact: boolean;
}

export interface PercentilesAnswer {
  readonly process: string;
  readonly count: number;
  readonly p50_ms?: number;
  readonly p95_ms?: number;
  readonly p99_ms?: number;
}

export interface TracingAnswer {
  readonly mode: 'off' | 'adaptive' | 'dry_run';
  readonly hot: number;
  readonly warm: number;
  readonly listeners: readonly {
    readonly run: string;
    readonly service?: string;
    readonly is_live: boolean;
  }[];
  readonly items: readonly {
    readonly id: string;
    readonly state: 'HOT' | 'WARM';
    readonly cause: 'get' | 'enable' | 'error' | 'alert';
    readonly remaining_seconds: number;
    readonly answered?: number;
  }[];
}

export interface PhaseChange {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly value?: number;
  readonly error?: string;
}

export interface AlertItem {
  readonly name: string;
  readonly state: 'inactive' | 'pending' | 'firing' | 'silenced' | 'error';
  readonly phase: string;
  readonly since: string;
  readonly value?: number;
  readonly threshold: number;
  readonly error?: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly actions: readonly string[];
  readonly query: string;
  readonly window_seconds?: number;
  readonly for_seconds: number;
  readonly silenced_until?: string;
  readonly told_at?: string;
  readonly requests: readonly string[];
  readonly history: readonly PhaseChange[];
}

export interface AlertsAnswer {
  readonly file?: string;
  readonly problem?: string;
  readonly check_interval_seconds: number;
  readonly looked_at?: string;
  readonly notices_waiting: number;
  readonly items: readonly AlertItem[];
}

export interface SimulationAnswer {
  readonly from: string;
  readonly to: string;
  readonly until: string;
  readonly step_seconds: number;
  readonly changes: readonly PhaseChange[];
}

export interface SourcesAnswer {
  readonly items: readonly {
    readonly run: string;
    readonly pid: number;
    readonly host?: string;
    readonly service?: string;
    readonly project?: string;
    readonly version?: string;
    readonly received: number;
    readonly inserted: number;
    readonly duplicates: number;
    readonly rejected: number;
    readonly lost?: number;
    readonly lost_errors?: number;
    readonly spilled?: number;
    readonly held_back?: number;
    readonly backlog?: number;
    readonly write_lag_ms?: number;
    readonly clock_offset_ms?: number;
    readonly last_seen_ms: number;
  }[];
}

export interface ProjectItem {
  readonly id: string;
  readonly name: string;
  readonly tracing_enabled: boolean;
  readonly updated_at: string;
  readonly suppressed: number;
  readonly processes: { readonly listening: number; readonly current: number };
}

export interface ProjectsAnswer {
  readonly items: readonly ProjectItem[];
}
