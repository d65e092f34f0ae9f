/** What is written in place of a sensitive value. */
export const MASK = '***';
