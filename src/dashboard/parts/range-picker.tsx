import { useSignal } from '@preact/signals';
import { goWith, range } from '../data/router.js';
import { RANGES, rangeName } from '../logic/time-range.js';

/** Which span of time is looked at. */
export function RangePicker() {
  const { from, to } = range.value;
  const isOwn = useSignal(false);
  const name = rangeName(from, to);
  const isShown = isOwn.value || name === undefined;
  return (
    <div class="range-picker">
      <label>
        <span class="sr-only">Span of time</span>
        <select
          value={isShown ? 'own' : from}
          onChange={({ currentTarget: { value } }) => {
            isOwn.value = value === 'own';
            if (value !== 'own') goWith({ from: value, to: '', cursor: '' });
          }}
        >
          {RANGES.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
          <option value="own">From … to …</option>
        </select>
      </label>
      {isShown ? (
        <>
          <TimeField
            label="From"
            value={from}
            onTime={(time) => goWith({ from: time, cursor: '' })}
          />
          <TimeField label="To" value={to} onTime={(time) => goWith({ to: time, cursor: '' })} />
        </>
      ) : null}
    </div>
  );
}

function TimeField({
  label,
  value,
  onTime,
}: {
  label: string;
  value: string;
  onTime: (time: string) => void;
}) {
  const ms = Date.parse(value);
  return (
    <label>
      {label}
      <input
        type="datetime-local"
        step="1"
        value={Number.isNaN(ms) ? '' : localInput(ms)}
        onChange={({ currentTarget }) => {
          const chosen = new Date(currentTarget.value).getTime();
          onTime(Number.isNaN(chosen) ? '' : new Date(chosen).toISOString());
        }}
      />
    </label>
  );
}

/** As an input of the browser's time zone has it. */
function localInput(ms: number): string {
  const offset = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offset).toISOString().slice(0, 19);
}
