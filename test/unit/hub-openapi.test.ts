import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { openApiText } from '../../scripts/lib/openapi.mjs';
import { HubKeys } from '../../src/hub/keys.js';
import { addRoutes } from '../../src/hub/routes.js';
import { buildServer } from '../../src/hub/server.js';

it('H6: the OpenAPI document is that of the routes: else run node scripts/openapi.mjs', async () => {
  const file = readFileSync(new URL('../../src/hub/openapi.json', import.meta.url), 'utf8');
  const text = await openApiText({ buildServer, addRoutes, HubKeys });
  expect(JSON.parse(text)).toEqual(JSON.parse(file));
});
