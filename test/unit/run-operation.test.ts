import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { getOperationId } from '../../src/context/operation-store.js';
import {
  operation,
  propagateOperationId,
  runWithOperationId,
  withOperationId,
} from '../../src/context/run-operation.js';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

it('O2: runWithOperationId returns what fn returns, and nested operations restore the outer id', async () => {
  expect(getOperationId()).toBeUndefined();
  const seen = await runWithOperationId('outer', async () => {
    const ids = [getOperationId()];
    ids.push(runWithOperationId('inner', getOperationId));
    ids.push(getOperationId());
    await runWithOperationId('async', async () => {
      await tick();
      ids.push(getOperationId());
    });
    ids.push(getOperationId());
    expect(() =>
      runWithOperationId('throws', () => {
        throw new Error('x');
      }),
    ).toThrow();
    ids.push(getOperationId());
    return ids;
  });
  expect(seen).toEqual(['outer', 'inner', 'outer', 'async', 'outer', 'outer']);
  expect(getOperationId()).toBeUndefined();
});

it.each(['', 'a b', 'x'.repeat(129), undefined, 7])('O6: refuses the id %j', (id) => {
  expect(() => runWithOperationId(id as string, () => 1)).toThrow(
    expect.objectContaining({ code: 'ERR_TRACE_OPERATION' }),
  );
});

it('every function that takes a function refuses anything else', () => {
  for (const call of [
    () => runWithOperationId('a', 5 as never),
    () => withOperationId(undefined as never),
    () => propagateOperationId({} as never),
    () => operation('a', null as never),
    () => operation('', () => 1),
  ]) {
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_TRACE_OPERATION' }));
  }
});

it('O2: withOperationId gives each call an id of its own and looks like the function it wraps', async () => {
  async function handler(this: unknown, a: number, _b: number) {
    await tick();
    return [this, a, getOperationId()];
  }
  const wrapped = withOperationId(Object.assign(handler, { own: 1 }));
  expect([wrapped.name, wrapped.length, wrapped.own]).toEqual(['handler', 2, 1]);
  const self = {};
  const [first, second] = await Promise.all([wrapped.call(self, 1, 2), wrapped.call(self, 3, 4)]);
  expect([first[0], first[1], second[1]]).toEqual([self, 1, 3]);
  expect(first[2]).toMatch(/^[0-9a-f]{32}$/);
  expect(first[2]).not.toBe(second[2]);
});

it('O2: propagateOperationId binds when it is called, not when the function runs', () => {
  const bound = runWithOperationId('bound', () => propagateOperationId(() => getOperationId()));
  const free = propagateOperationId(() => getOperationId());
  expect(bound()).toBe('bound');
  expect(runWithOperationId('other', () => [bound(), free(), getOperationId()])).toEqual([
    'bound',
    undefined,
    'other',
  ]);
});

it('O1: operation() takes the id from its arguments where it is told to, and only a good one', () => {
  const job = operation('mail', (_job: unknown) => getOperationId(), {
    idFrom: (given) => (given as { id: string }).id,
  });
  expect(job({ id: 'job-7' })).toBe('job-7');
  expect(job({ id: 'bad id' })).toMatch(/^[0-9a-f]{32}$/);
  expect(job(undefined)).toMatch(/^[0-9a-f]{32}$/);
});

describe('O4: an error that leaves an operation', () => {
  const thrownBy = (fn: () => unknown): unknown => {
    try {
      fn();
    } catch (error) {
      return error;
    }
    return expect.unreachable();
  };

  it('is the same error, with an operationId that nothing lists', async () => {
    const error = new Error('boom');
    const fail = () => {
      throw error;
    };
    expect(thrownBy(() => runWithOperationId('sync', fail))).toBe(error);
    expect(error).toHaveProperty('operationId', 'sync');
    expect([Object.keys(error), JSON.stringify(error)]).toEqual([[], '{}']);
    const rejected = new Error('later');
    await expect(runWithOperationId('async', () => Promise.reject(rejected))).rejects.toBe(
      rejected,
    );
    expect(rejected).toHaveProperty('operationId', 'async');
  });

  it('keeps the id of the innermost of nested operations', () => {
    const error = new Error();
    const fail = () => {
      throw error;
    };
    const nest = (...ids: string[]): unknown =>
      ids.length === 0 ? fail() : runWithOperationId(ids[0] as string, () => nest(...ids.slice(1)));
    thrownBy(() => nest('a', 'b', 'c', 'd'));
    expect(error).toHaveProperty('operationId', 'd');
    // Thrown again elsewhere, it belongs there.
    thrownBy(() => nest('x', 'y'));
    expect(error).toHaveProperty('operationId', 'y');
  });

  it.each([
    ['a string', 'text'],
    ['undefined', undefined],
    ['null', null],
    ['a symbol', Symbol('s')],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['a sealed object', Object.seal({ a: 1 })],
    ['an error with an id of its own', Object.assign(new Error(), { operationId: 'mine' })],
    ['a proxy', new Proxy({}, { defineProperty: () => expect.unreachable() })],
  ])('is untouched when it is %s', (_, value) => {
    const before = value instanceof Error || typeof value === 'object' ? describeOwn(value) : null;
    const thrown = thrownBy(() =>
      runWithOperationId('op', () => {
        throw value;
      }),
    );
    expect(thrown).toBe(value);
    expect(value instanceof Error || typeof value === 'object' ? describeOwn(value) : null).toEqual(
      before,
    );
  });

  it('is untouched when it is a revoked proxy', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(
      Object.is(
        thrownBy(() =>
          runWithOperationId('op', () => {
            throw proxy;
          }),
        ),
        proxy,
      ),
    ).toBe(true);
  });
});

const describeOwn = (value: object | null) =>
  value === null ? null : Object.getOwnPropertyDescriptors(value);

describe('what fn returns is not touched', () => {
  it('a thenable is not started', () => {
    // biome-ignore lint/suspicious/noThenProperty: a lazy query, as knex builds them
    const lazy = { then: () => expect.unreachable() };
    expect(runWithOperationId('op', () => lazy)).toBe(lazy);
  });

  it('a promise with a class or properties of its own is given back as it is', async () => {
    class Own extends Promise<number> {}
    const own = Own.resolve(1);
    expect(runWithOperationId('op', () => own)).toBe(own);
    const promise = runWithOperationId('op', () => promisify(exec)('true'));
    expect(promise.child.pid).toBeTypeOf('number');
    await promise;
  });
});
