import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { goWith, param } from '../data/router.js';
import { currentOf, FIRST_PAGE, popped, pushed, stackFor } from '../logic/cursor-stack.js';
import { Loading } from './notices.js';

/** Leads from page to page of a list, the newest first. */
export function Pager({
  next,
  isLoading,
  children,
}: {
  /** The cursor of the next page; undefined on the last one. */
  next: string | undefined;
  isLoading: boolean;
  children?: ComponentChildren;
}) {
  const stack = useRef(FIRST_PAGE);
  stack.current = stackFor(stack.current, param('cursor'));
  const turn = (to: readonly string[]): void => {
    stack.current = to;
    goWith({ cursor: currentOf(to), row: '' });
  };
  return (
    <div class="pager">
      {children}
      <Loading isLoading={isLoading} />
      <button
        type="button"
        disabled={stack.current.length < 2}
        onClick={() => turn(popped(stack.current))}
      >
        Newer
      </button>
      <button
        type="button"
        disabled={next === undefined}
        onClick={() => next !== undefined && turn(pushed(stack.current, next))}
      >
        Older
      </button>
    </div>
  );
}
