/**
 * What can be told of events, from wherever they were read; loads no addon.
 *
 * @module
 */
export { type StoryLine, type StoryStep, storyOf } from './story.js';
export {
  type EventSource,
  type GroupSummary,
  type SummaryEvent,
  summarize,
  type TraceSummary,
} from './summary.js';
export { inTimeOrder, type TimeOrderOptions } from './time-order.js';
