import type { Severity } from '../event/severity.js';
import type { CommandContext } from './io.js';

/** How a line about an event of this severity is coloured. */
export function severityColor(
  colors: CommandContext['colors'],
  severity: Severity,
): (text: string) => string {
  switch (severity) {
    case 'Warning':
      return colors.yellow;
    case 'Error':
    case 'Critical':
      return colors.red;
    default:
      return String;
  }
}
