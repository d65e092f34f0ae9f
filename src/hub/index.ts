/**
 * The hub: many processes send what they record, and it answers questions about it; see README.md.
 *
 * @module
 */
export { type Hub, type HubNotify, startHub } from './hub.js';
export type { HubKey, HubOptions, HubScope } from './options.js';
