import { getLogger, type Logger } from '../context/logger.js';

/** Lines of a hub, with the operation of the request they are about; on stderr. Undefined without pino, which is optional. */
export function openHubLog(): Logger | undefined {
  try {
    return getLogger('aegis-trace.hub', { destination: process.stderr });
  } catch {
    return undefined;
  }
}
