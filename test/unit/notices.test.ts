import { expect, it } from 'vitest';
import { BacklogWarning, Notices } from '../../src/pipeline/notices.js';

it('P2: says the same once a minute, and something else at once', () => {
  const said: string[] = [];
  const notices = new Notices((text) => said.push(text));
  notices.say('sink', 0, () => 'first');
  notices.say('sink', 59_999, () => 'too soon');
  notices.say('errors', 59_999, () => 'another');
  notices.say('sink', 60_000, () => 'again');
  expect(said).toEqual(['first', 'another', 'again']);
});

it('P4: warns at the threshold, and again only after half of it', () => {
  const warning = new BacklogWarning(100);
  const backlogs = [99, 100, 150, 99, 50, 100, 49, 99, 100];
  expect(backlogs.map((backlog) => warning.rises(backlog))).toEqual([
    false,
    true,
    false,
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
});
