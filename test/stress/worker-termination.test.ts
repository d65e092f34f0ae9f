import { it } from 'vitest';
import { checkTermination } from '../support/termination.js';

it('C13: 2 000 workers terminated while they record leave a sound ring behind', async () => {
  await checkTermination(2_000);
}, 600_000);
