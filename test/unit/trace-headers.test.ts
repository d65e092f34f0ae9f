import { describe, expect, it } from 'vitest';
import { addOutgoingHeaders, operationFromHeaders } from '../../src/context/trace-headers.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

function outgoing(operation: Parameters<typeof addOutgoingHeaders>[0], set: string[] = []) {
  const added: Record<string, string> = {};
  addOutgoingHeaders(
    operation,
    (name) => set.includes(name),
    (name, value) => {
      added[name] = value;
    },
  );
  return added;
}

describe('O6: an incoming request has the id of', () => {
  it.each([
    ['a traceparent', { traceparent: `00-${TRACE}-${SPAN}-01` }, TRACE],
    ['a traceparent of a later version', { traceparent: `cc-${TRACE}-${SPAN}-01-more` }, TRACE],
    [
      'a traceparent before a request id',
      { traceparent: `00-${TRACE}-${SPAN}-00`, 'x-request-id': 'r' },
      TRACE,
    ],
    ['a request id', { 'x-request-id': 'req_1.2:3-4' }, 'req_1.2:3-4'],
    ['a request id beside a bad traceparent', { traceparent: 'junk', 'x-request-id': 'r1' }, 'r1'],
  ])('%s', (_, headers, id) => {
    expect(operationFromHeaders(headers).id).toBe(id);
  });

  it.each([
    ['nothing', {}],
    ['version ff', { traceparent: `ff-${TRACE}-${SPAN}-01` }],
    ['version 00 with a fifth field', { traceparent: `00-${TRACE}-${SPAN}-01-more` }],
    ['upper case', { traceparent: `00-${TRACE.toUpperCase()}-${SPAN}-01` }],
    ['a trace-id of zeros', { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` }],
    ['a parent-id of zeros', { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` }],
    ['a request id with a line end', { 'x-request-id': 'a\r\nSet-Cookie: x' }],
    ['a request id that is too long', { 'x-request-id': 'x'.repeat(129) }],
    ['several request ids', { 'x-request-id': ['a', 'b'] }],
  ])('its own: %s', (_, headers) => {
    const { id } = operationFromHeaders(headers);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(id).not.toBe(TRACE);
  });
});

describe('O6: an outgoing request carries', () => {
  it('both headers for an id that is a trace-id, flags and tracestate as they came', () => {
    const operation = operationFromHeaders({
      traceparent: `00-${TRACE}-${SPAN}-ff`,
      tracestate: 'vendor=1',
    });
    const headers = outgoing(operation);
    expect(headers).toEqual({
      'x-request-id': TRACE,
      traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-03$`)),
      tracestate: 'vendor=1',
    });
    expect(headers.traceparent).not.toContain(SPAN);
  });

  it('x-request-id only for any other id', () => {
    expect(outgoing({ id: 'r1' })).toEqual({ 'x-request-id': 'r1' });
  });

  it('nothing that the user has set', () => {
    expect(outgoing({ id: TRACE, traceState: 'a=1' }, ['traceparent', 'x-request-id'])).toEqual({});
  });
});
