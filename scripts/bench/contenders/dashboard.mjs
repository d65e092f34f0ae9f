// The page of the hub in a real browser: how much it loads, how long it takes to show rows.

import { readdirSync } from 'node:fs';
import { ASSETS, kbOf, sendChain, visit } from '../page-visitor.mjs';

export const measure = ({ path, turns, tailSeconds, tailPerSecond, liveSeconds, livePerSecond }) =>
  visit(path, async (visitor, load) => {
    await sendChain(load);
    const first_kb = await visitor.loadedKb();
    return {
      first_kb,
      all_kb: kbOf(readdirSync(ASSETS).filter((name) => /\.(js|css)\.gz$/.test(name))),
      first_rows_ms: await visitor.firstRows(),
      ...(await visitor.turn(turns)),
      ...(await visitor.chain()),
      ...(await visitor.tail(tailSeconds, tailPerSecond)),
      tab_mb: await visitor.live(liveSeconds, livePerSecond),
    };
  });
