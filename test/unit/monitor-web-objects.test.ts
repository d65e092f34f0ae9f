import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { monitor, monitorStats } from '../../src/monitor/index.js';

let collector: TraceCollector;

beforeEach(() => {
  collector = new TraceCollector({ capacity: 100 });
});

afterEach(() => collector.close());

function shown(value: unknown, serializer: 'smart' | 'inspect' | 'json' = 'smart'): string {
  const { failures } = monitorStats();
  monitor({ collector, serializer, capture: { result: false } })((given: unknown) => given)(value);
  expect(monitorStats().failures).toBe(failures);
  return collector.query().at(-1)?.attributes['arg.given'] as string;
}

const form = new FormData();
form.append('user', 'ann');
form.append('password', 'xyzzy');
form.append('file', new File(['abc'], 'a.txt', { type: 'text/plain' }));
const request = new Request('https://host/?token=xyzzy', {
  method: 'POST',
  body: 'x',
  headers: { 'x-api-key': 'xyzzy', accept: '*/*' },
});

const cases: [unknown, string][] = [
  [new URL('https://ann:xyzzy@host/a?b=1&token=xyzzy'), 'URL https://ann:***@host/a?b=1&token=***'],
  [new URLSearchParams('a=1&token=xyzzy'), "URLSearchParams(2) {a: '1', token: ***}"],
  [
    new Headers({ accept: 'a/b', authorization: 'Bearer xyzzy' }),
    "Headers(2) {accept: 'a/b', authorization: ***}",
  ],
  [
    form,
    "FormData(3) {user: 'ann', password: ***, file: File {name: 'a.txt', size: 3, type: 'text/plain'}}",
  ],
  [
    request,
    "Request {method: 'POST', url: 'https://host/?token=***', headers: Headers(3) {accept: '*/*', content-type: 'text/plain;charset=UTF-8', x-api-key: ***}, bodyUsed: false}",
  ],
  [
    Response.json({ a: 1 }, { status: 404, statusText: 'Not here' }),
    "Response {status: 404, statusText: 'Not here', headers: Headers(1) {content-type: 'application/json'}, bodyUsed: false}",
  ],
  [new Blob(['abc'], { type: 'text/plain' }), "Blob {size: 3, type: 'text/plain'}"],
  [new AbortController(), 'AbortController {signal: AbortSignal {aborted: false}}'],
  [
    AbortSignal.abort(),
    'AbortSignal {aborted: true, reason: AbortError: This operation was aborted}',
  ],
  [new Event('ready'), "Event {type: 'ready'}"],
  [new ReadableStream(), 'ReadableStream {locked: false}'],
];

describe('an object of the web platform shows what is in it, masked', () => {
  it.each(cases)('%o', (value, text) => {
    expect(shown(value)).toBe(text);
    expect(shown({ value }, 'json')).toBe(JSON.stringify({ value: text }));
    expect(shown(value, 'inspect')).not.toContain('xyzzy');
  });
});

it('the body of a request stays unread', async () => {
  expect(shown(request)).toContain('bodyUsed: false');
  expect(await request.text()).toBe('x');
});

it('accessors of a subclass are not called', () => {
  const fail = (): never => {
    throw new Error('called');
  };
  class Own extends URL {
    override toString = fail;
  }
  class OwnHeaders extends Headers {
    override entries = fail;
    override [Symbol.iterator] = fail;
  }
  Object.defineProperty(Own.prototype, 'href', { get: fail });
  expect(shown(new Own('http://host/'))).toBe('URL http://host/');
  expect(shown(new OwnHeaders({ a: 'b' }))).toBe("OwnHeaders(1) {a: 'b'}");
});

it('a class of the user that has such a name, and what only pretends, show their members', () => {
  const own = {
    Request: class {
      id = 7;
      get url(): string {
        throw new Error('called');
      }
    },
  };
  expect(shown(new own.Request())).toBe('Request {id: 7}');
  expect(shown(Object.create(URL.prototype))).toBe('URL {}');
});

it('many entries are counted, not shown', () => {
  const many = new URLSearchParams(
    Array.from({ length: 12 }, (_, i): [string, string] => [`k${i}`, '']),
  );
  expect(shown(many)).toMatch(/^URLSearchParams\(12\) \{k0: '', .*, \+2 more\}$/);
});
