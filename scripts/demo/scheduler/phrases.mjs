// Numbers as the rationales of the run show them.

const COUNT = new Intl.NumberFormat('en-US');

/** `12,345` */
export const count = (value) => COUNT.format(value);

/** `8.41 ms`; never an exponent, always comparable with the line above it. */
export const millis = (nanos) => `${(nanos / 1e6).toFixed(2)} ms`;

/** `8.41 ms`, `12.3 µs`, `611 ns`: three digits in the unit that fits. */
export function duration(nanos) {
  const value = Number(nanos);
  if (value < 1e3) return `${value} ns`;
  const [scaled, unit] = value < 1e6 ? [value / 1e3, 'µs'] : [value / 1e6, 'ms'];
  return `${scaled.toFixed(scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)} ${unit}`;
}

/** Requests are called by their first 8 digits, as in log lines. */
export const short = (requestId) => requestId.slice(0, 8);

/** `4.2 %`; a part of nothing is none. */
export const percent = (part, whole) => `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
