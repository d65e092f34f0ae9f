import { it } from 'vitest';
import { checkRingAgainstModel } from '../support/ring-model.js';

it('C1, C10: 10 000 random sequences of record, clear, query and read do what a simple model does', () => {
  checkRingAgainstModel(10_000);
});
