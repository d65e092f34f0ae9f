// Pages of the hub have a cursor to the next one; the way back is remembered here.

/** The cursors of the pages up to this one; that of the first is ''. */
export type CursorStack = readonly string[];

export const FIRST_PAGE: CursorStack = [''];

/** The cursor of this page. */
export const currentOf = (stack: CursorStack): string => stack.at(-1) ?? '';

export const pushed = (stack: CursorStack, next: string): CursorStack => [...stack, next];

/** The page before; the first one stays. */
export const popped = (stack: CursorStack): CursorStack =>
  stack.length > 1 ? stack.slice(0, -1) : stack;

/** What a URL says: the page of a link may be any, of which the way back is not known. */
export function stackFor(stack: CursorStack, cursor: string): CursorStack {
  const at = stack.indexOf(cursor);
  if (at >= 0) return stack.slice(0, at + 1);
  return cursor === '' ? FIRST_PAGE : ['', cursor];
}
