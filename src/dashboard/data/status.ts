import { signal } from '@preact/signals';
import type { HubStatus } from './answers.js';

/** How the hub was when it last said; undefined before it has. */
export const status = signal<HubStatus | undefined>(undefined);

/** Whether the stream of the tab is connected; undefined before it has been. */
export const isHubThere = signal<boolean | undefined>(undefined);
