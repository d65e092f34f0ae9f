/** What a project may be called. */
export const PROJECT_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Whether a value can name a project: `[A-Za-z0-9][A-Za-z0-9_.-]{0,99}`. */
export function isProjectId(value: unknown): value is string {
  return typeof value === 'string' && PROJECT_ID.test(value);
}
