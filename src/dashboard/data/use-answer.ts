import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { HubProblem } from './api.js';
import { status } from './status.js';

/** Before that nothing says that something is loaded. */
const LOADING_MS = 200;

/** What was asked: what came last stays until something else has come. */
export interface Answered<T> {
  readonly data: T | undefined;
  readonly problem: HubProblem | undefined;
  /** For so long that somebody is told. */
  readonly isLoading: boolean;
  readonly retry: () => void;
}

/**
 * Asks whenever the key changes; undefined asks nothing.
 *
 * @param everyMs - asks again after so long while the page is seen, if something has changed in the hub since.
 */
export function useAnswer<T>(
  key: string | undefined,
  ask: (signal: AbortSignal, isRefresh: boolean) => Promise<T>,
  everyMs?: number,
): Answered<T> {
  const [state, setState] = useState<Omit<Answered<T>, 'retry'>>({
    data: undefined,
    problem: undefined,
    isLoading: false,
  });
  const [turn, setTurn] = useState(0);
  const asked = useRef<string | undefined>(undefined);
  const isAsking = useRef(false);
  /** Of the hub when it was asked; '' for one that is not known. */
  const version = useRef('');
  const current = useRef(ask);
  current.current = ask;

  // Before anything is painted: the answer is on its way meanwhile.
  useLayoutEffect(() => {
    if (key === undefined) return;
    const stopped = new AbortController();
    const isRefresh = asked.current === key;
    asked.current = key;
    isAsking.current = true;
    version.current = status.peek()?.version ?? '';
    const loading = setTimeout(
      () => setState((before) => ({ ...before, isLoading: true })),
      LOADING_MS,
    );
    void current
      .current(stopped.signal, isRefresh)
      .then(
        (data) => ({ data, problem: undefined }),
        (problem: HubProblem) => {
          version.current = '';
          return { problem };
        },
      )
      .then((answer) => {
        clearTimeout(loading);
        if (stopped.signal.aborted) return;
        isAsking.current = false;
        setState((before) => ({ ...before, ...answer, isLoading: false }));
      });
    return () => {
      clearTimeout(loading);
      stopped.abort();
    };
  }, [key, turn]);

  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      const now = status.peek()?.version;
      // Whoever is slow is not asked anew before the answer has come.
      const isAskable = document.visibilityState === 'visible' && !isAsking.current;
      if (isAskable && now !== undefined && version.current !== now)
        setTurn((before) => before + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  return { ...state, retry: () => setTurn((before) => before + 1) };
}
