import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { getLogger, operationIdMixin, operationTag } from '../../src/context/logger.js';
import { runWithOperationId } from '../../src/context/run-operation.js';

const ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

function capture(format: 'json' | 'text', level?: string) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, logger: getLogger('orders', { format, level, destination }) };
}

it('O4: JSON lines carry operation_id in an operation, and only there', () => {
  const { lines, logger } = capture('json');
  logger.info('before');
  runWithOperationId(ID, () => logger.child({ step: 2 }).warn({ a: 1 }, 'inside %s', 'it'));
  const [before, inside] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(before).not.toHaveProperty('operation_id');
  expect(inside).toMatchObject({
    name: 'orders',
    operation_id: ID,
    step: 2,
    a: 1,
    msg: 'inside it',
  });
});

it('O4: the text form is time LEVEL [a1b2c3d4] [name] message', () => {
  const { lines, logger } = capture('text', 'debug');
  logger.debug('before');
  runWithOperationId(ID, () => logger.info({ items: 3, who: 'x' }, 'placed'));
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
  expect(lines[0]).toMatch(new RegExp(`^${time} DEBUG \\[--------\\] \\[orders\\] before\\n$`));
  expect(lines[1]).toMatch(
    new RegExp(`^${time} INFO  \\[a1b2c3d4\\] \\[orders\\] placed items=3 who="x"\\n$`),
  );
});

it('text: what is logged starts no line of its own and moves no cursor', () => {
  const { lines, logger } = capture('text');
  logger.info({ 'k\n': '\u001b[2J' }, 'one\r\n2026 INFO [fake] \u009b31m');
  expect(lines.join('')).toMatch(/one\\r\\n2026 INFO \[fake\] \\u009b31m/);
  expect(lines.join('').split('\n')).toHaveLength(2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there is to be none
  expect(lines.join('')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u0080-\u009f]/);
});

it('an error that has left its operation is logged with the id, with its stack in text', () => {
  const error = new Error('boom');
  expect(() =>
    runWithOperationId(ID, () => {
      throw error;
    }),
  ).toThrow(error);
  const json = capture('json');
  json.logger.error(error);
  json.logger.error({ err: error }, 'again');
  for (const line of json.lines) expect(JSON.parse(line)).toHaveProperty('operation_id', ID);
  const text = capture('text');
  text.logger.error(error, 'failed');
  expect(text.lines.join('')).toMatch(
    /ERROR \[a1b2c3d4\] \[orders\] failed\n {4}Error: boom\n {8}at /,
  );
});

it('operationIdMixin serves a pino of the user', () => {
  const lines: string[] = [];
  const logger = pino({ mixin: operationIdMixin }, { write: (line) => void lines.push(line) });
  runWithOperationId('r1', () => logger.info('x'));
  expect(JSON.parse(lines[0] as string)).toHaveProperty('operation_id', 'r1');
});

it('operationTag shows eight digits', () => {
  expect([
    operationTag(),
    runWithOperationId(ID, () => operationTag()),
    operationTag('ab'),
  ]).toEqual(['[--------]', '[a1b2c3d4]', '[ab------]']);
});

it('the same name gives the same logger; wrong names, levels and formats are refused', () => {
  expect(getLogger('a')).toBe(getLogger('a'));
  expect(getLogger('a')).not.toBe(getLogger('b'));
  expect(() => getLogger('')).toThrow(expect.objectContaining({ code: 'ERR_TRACE_OPERATION' }));
  for (const options of [{ level: 'loud' }, { format: 'xml' as 'json' }]) {
    expect(() => getLogger('a', options)).toThrow(
      expect.objectContaining({ code: 'ERR_TRACE_OPTION' }),
    );
  }
});

it('lines have the time that the timestamp of the options gives', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const timestamp = () => ',"time":1795255555000.25';
  getLogger('orders', { destination, timestamp, format: 'json' }).info('placed');
  expect(JSON.parse(lines[0] as string)).toMatchObject({ time: 1795255555000.25, msg: 'placed' });
  expect(() => getLogger('orders', { timestamp: true as never })).toThrow(
    'timestamp must be a function; got true',
  );
});

it('O4: the id adds less than 30 % to a typical service log', () => {
  const { lines, logger } = capture('json');
  // The lines that Fastify writes about a request, and one of the application's.
  const log = () => {
    const req = {
      method: 'GET',
      url: '/api/v1/orders/4711',
      host: 'shop.example',
      remoteAddress: '10.2.3.4',
      remotePort: 51234,
    };
    logger.info({ reqId: 'req-1k', req }, 'incoming request');
    logger.info(
      { reqId: 'req-1k', order: 4711, customer: 'c-20931', items: 3, total: 99.5 },
      'order placed',
    );
    logger.info(
      { reqId: 'req-1k', res: { statusCode: 200 }, responseTime: 12.345678 },
      'request completed',
    );
  };
  log();
  const without = lines.join('').length;
  lines.length = 0;
  runWithOperationId(ID, log);
  expect(lines.join('').length / without - 1).toBeLessThan(0.3);
});

describe('secrets in lines', () => {
  const write = (use: (log: ReturnType<typeof getLogger>) => void, options: object = {}) => {
    const lines: string[] = [];
    use(getLogger('masked', { destination: { write: (line) => lines.push(line) }, ...options }));
    return lines.join('');
  };

  it('are masked in fields, in messages, in errors, and the line stays JSON', () => {
    const lines = write((log) => {
      log.info(
        { password: 'hunter2', headers: { Authorization: 'Bearer abc.def' } },
        'user=%s token=%s',
        'ada',
        'xyz',
      );
      log.error(new Error('connect postgres://app:hunter2@db/app'));
    });
    const [info, error] = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(info).toMatchObject({
      password: '***',
      headers: { Authorization: '***' },
      msg: 'user=ada token=***',
    });
    expect(error.err.message).toBe('connect postgres://app:***@db/app');
    expect(lines).not.toMatch(/hunter2|abc\.def|xyz/);
  });

  it('are masked in text, and in what a child adds', () => {
    const text = write((log) => log.child({ apiKey: 'k-1' }).warn('cookie: sid=8f7a'), {
      format: 'text',
    });
    expect(text).toMatch(/\[masked\] cookie: \*\*\* apiKey="\*\*\*"\n$/);
  });

  it('are those of sensitiveFields, where it is given', () => {
    const line = JSON.parse(
      write((log) => log.info({ iban: 'DE89', token: 't' }), { sensitiveFields: ['iban'] }),
    );
    expect(line).toMatchObject({ iban: '***', token: 't' });
  });

  it('flush() reaches the destination, and calls back where it has none', () => {
    let flushed = 0;
    const destination = {
      write: () => undefined,
      flush: (done?: () => void) => {
        flushed++;
        done?.();
      },
    };
    getLogger('masked', { destination }).flush(() => flushed++);
    getLogger('masked', { destination: { write: () => undefined } }).flush(() => flushed++);
    expect(flushed).toBe(3);
  });
});

it.each([
  [
    { redact: ['password'] },
    /one of level, format, destination, timestamp, sensitiveFields, collector; got "redact"/,
  ],
  [{ sensitiveFields: 'password' }, /sensitiveFields must be a list of strings/],
  [{ collector: {} }, /collector must be a TraceCollector/],
])('an option that would be without effect is refused: %o', (options, message) => {
  expect(() => getLogger('name', options as object)).toThrow(message);
});

it('lines are events of the type log, with their operation, masked as they are written', () => {
  const collector = new TraceCollector({ capacity: 100 });
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = getLogger('orders', { collector, destination, format: 'text' });
  const error = Object.assign(new TypeError('no route'), { port: 8099 });
  log.info('before');
  runWithOperationId(ID, () => {
    log.child({ step: 2 }).warn({ password: 'hunter2', items: [1, 2] }, 'inside %s', 'it');
    log.error({ err: error }, 'failed');
    log.fatal(error);
    log.debug('not written');
  });
  const events = collector.query();
  collector.close();
  expect(lines).toHaveLength(4);
  expect(events.map(({ severity }) => severity)).toEqual(['Info', 'Warning', 'Error', 'Critical']);
  expect(events.map(({ requestId }) => requestId)).toEqual(['', ID, ID, ID]);
  expect(
    events.every(({ eventType, component }) => eventType === 'log' && component === 'orders'),
  ).toBe(true);
  expect(events.map(({ rationale }) => rationale)).toEqual([
    'before',
    'inside it',
    'failed',
    'no route',
  ]);
  expect(events[1]?.attributes).toEqual({
    level: '40',
    step: '2',
    password: '***',
    items: '[1,2]',
  });
  expect(events[2]?.attributes).toMatchObject({ level: '50', error: 'no route' });
  expect(events[2]?.attributes.stack).toMatch(/^TypeError: no route\n {4}at /);
});
