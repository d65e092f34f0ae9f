// Writes src/hub/openapi.json, which the hub serves, from the routes of dist/. A test says when it is due.

import { writeFileSync } from 'node:fs';
import { build } from './build.mjs';
import { runAsMain } from './lib/main.mjs';
import { openApiText } from './lib/openapi.mjs';
import { inRoot } from './lib/paths.mjs';

await runAsMain(import.meta, async () => {
  await build();
  const [{ buildServer }, { addRoutes }, { HubKeys }] = await Promise.all([
    import('../dist/hub/server.js'),
    import('../dist/hub/routes.js'),
    import('../dist/hub/keys.js'),
  ]);
  writeFileSync(
    inRoot('src/hub/openapi.json'),
    await openApiText({ buildServer, addRoutes, HubKeys }),
  );
});
