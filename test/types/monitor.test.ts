import { expectTypeOf, it } from 'vitest';
import { autoInstrument, monitor } from '../../src/monitor/index.js';

declare function overloaded(x: string): number;
declare function overloaded(x: number, y?: boolean): string;

it('monitor() gives back exactly the type it was given', () => {
  const first = monitor()(<T>(items: readonly T[]): T | undefined => items[0]);
  expectTypeOf(first(['a'])).toEqualTypeOf<string | undefined>();
  const wrap = (fn: typeof overloaded) => monitor()(fn);
  expectTypeOf<ReturnType<typeof wrap>>().toEqualTypeOf<typeof overloaded>();
  const method = monitor()(function (this: { factor: number }, x: number) {
    return x * this.factor;
  });
  expectTypeOf<ThisParameterType<typeof method>>().toEqualTypeOf<{ factor: number }>();
  const isText: (value: unknown) => asserts value is string = monitor()(
    (value: unknown): asserts value is string => {
      if (typeof value !== 'string') throw new TypeError();
    },
  );
  const value: unknown = 'text';
  isText(value);
  expectTypeOf(value).toEqualTypeOf<string>();
  class Made {
    #x = 1;
    @monitor()
    twice<T>(value: T): [T, T, number] {
      return [value, value, this.#x];
    }
  }
  class Checked {
    value: unknown;
    @monitor()
    assertText(value: unknown): asserts value is string {
      if (typeof value !== 'string') throw new TypeError();
    }
    pick(key: 'a'): number;
    pick(key: 'b'): string;
    @monitor()
    pick(key: string): number | string {
      return key === 'a' ? 1 : key;
    }
    @monitor()
    async *stream<T>(items: T[]): AsyncGenerator<T, number> {
      yield* items;
      return items.length;
    }
  }
  const checked: Checked = new Checked();
  const text: unknown = 'text';
  checked.assertText(text);
  expectTypeOf(text).toEqualTypeOf<string>();
  expectTypeOf(checked.pick('b')).toEqualTypeOf<string>();
  expectTypeOf(checked.stream(['a'])).toEqualTypeOf<AsyncGenerator<string, number>>();
  expectTypeOf(new Made().twice('a')).toEqualTypeOf<[string, string, number]>();
  expectTypeOf(autoInstrument(Made)).toEqualTypeOf<typeof Made>();
  expectTypeOf(monitor()(Made)).toEqualTypeOf<typeof Made>();
});
