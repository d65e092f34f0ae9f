import type { Severity } from '../data/answers.js';

/** OK or ERR, never by colour alone. */
export function StatusMark({ status }: { status: string }) {
  return <span class={status === 'ERR' ? 'mark mark-bad' : 'mark mark-ok'}>{status}</span>;
}

const SEVERITY_CLASS: Readonly<Record<Severity, string>> = {
  Info: 'mark-ok',
  Warning: 'mark-warn',
  Error: 'mark-bad',
  Critical: 'mark-bad',
};

export function SeverityMark({ severity }: { severity: Severity }) {
  return <span class={`mark ${SEVERITY_CLASS[severity]}`}>{severity}</span>;
}

/** HOT, WARM, firing, … */
export function StateMark({ state }: { state: string }) {
  const kind = /^(firing|error|off|no)$/.test(state)
    ? 'mark-bad'
    : /^(HOT|pending|silenced|unknown|WARM)$/.test(state)
      ? 'mark-warn'
      : 'mark-ok';
  return <span class={`mark ${kind}`}>{state}</span>;
}

/** Counts as a line of bars; the numbers are in the table beside it. */
export function Sparkline({ counts, label }: { counts: readonly number[]; label: string }) {
  const most = Math.max(1, ...counts);
  const width = 100 / Math.max(1, counts.length);
  return (
    <svg
      class="spark"
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {counts.map((count, index) => {
        const height = (count / most) * 22;
        return (
          <rect
            key={index}
            x={index * width}
            y={24 - height}
            width={Math.max(0.4, width - 0.4)}
            height={height}
          />
        );
      })}
    </svg>
  );
}
