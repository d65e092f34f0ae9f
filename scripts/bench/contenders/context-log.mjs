// A pino line to /dev/null in an operation, with the id and without: in turns in one process, since a few hundred nanoseconds
// are less than what two processes differ by. Both loggers see the same calls.

import pino from 'pino';
import {
  generateOperationId,
  operationIdMixin,
  runWithOperationId,
} from '../../../dist/context/index.js';

const TURNS = 20;

export function measure({ count }) {
  const make = (options) =>
    // lint-loggers: allow it is measured with and without the mixin
    pino(options, pino.destination({ dest: '/dev/null', sync: true, minLength: 4096 }));
  const loggers = { bare: make({}), withId: make({ mixin: operationIdMixin }) };
  const spent = { bare: 0, withId: 0 };
  const each = Math.ceil(count / TURNS);
  const turn = (name) => {
    const logger = loggers[name];
    const start = process.hrtime.bigint();
    for (let i = 0; i < each; i++) logger.info({ order: i, items: 3 }, 'order placed');
    return Number(process.hrtime.bigint() - start) / each;
  };
  runWithOperationId(generateOperationId(), () => {
    for (const name of Object.keys(loggers)) turn(name);
    for (let i = 0; i < TURNS; i++) {
      const names = Object.keys(loggers);
      for (const name of i % 2 === 0 ? names : names.toReversed())
        spent[name] += turn(name) / TURNS;
    }
  });
  return {
    bareNs: spent.bare,
    withIdNs: spent.withId,
    addedUs: (spent.withId - spent.bare) / 1000,
  };
}
