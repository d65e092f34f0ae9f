// The OpenAPI document of the hub, from the schemas of its routes.

/** @param modules buildServer, addRoutes and HubKeys of the hub. @returns its text */
export async function openApiText({ buildServer, addRoutes, HubKeys }) {
  const { default: swagger } = await import('@fastify/swagger');
  const app = await buildServer({
    keys: new HubKeys([]),
    sessions: undefined,
    isReadOnly: false,
    secretHeader: undefined,
    allowHosts: [],
    trustProxy: [],
    onAnswer: () => {},
    onFailure: () => {},
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'aegis-trace hub',
        version: '1',
        description:
          'Events of many processes: ingest, questions, streams. See the guide of the hub.',
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
  });
  // No handler runs: what they answer from is not needed.
  await addRoutes(app, { page: {} });
  await app.ready();
  const document = app.swagger();
  await app.close();
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
