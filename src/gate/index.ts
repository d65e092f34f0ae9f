export type { ToggleOptions } from './toggle/options.js';
export { createToggle, type Toggle, type ToggleStatus } from './toggle/toggle.js';
