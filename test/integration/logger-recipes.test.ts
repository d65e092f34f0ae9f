import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import winston from 'winston';
import { operationIdMixin, operationTag, runWithOperationId } from '../../src/context/index.js';

it('the recipe for winston writes operation_id in an operation only', () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const withOperation = winston.format((info) => Object.assign(info, operationIdMixin()));
  const logger = winston.createLogger({
    format: winston.format.combine(withOperation(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream })],
  });
  logger.info('outside');
  runWithOperationId('w1', () => logger.info('inside'));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 'info', message: 'outside' },
    { level: 'info', message: 'inside', operation_id: 'w1' },
  ]);
});

it('the recipe for console shows the tag', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const say = (...args: unknown[]) => console.log(operationTag(), ...args);
  runWithOperationId('a1b2c3d4e5f6', () => say('hello', 1));
  expect(log).toHaveBeenCalledWith('[a1b2c3d4]', 'hello', 1);
});
