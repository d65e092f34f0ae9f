// What the page that is opened first asks for is asked before anything is drawn: the answer comes meanwhile.

let ahead: Promise<unknown> | undefined;

/** Keeps the answer for whoever asks first. One that fails is asked for again. */
export function keepAhead(answer: Promise<unknown>): void {
  ahead = answer;
  answer.catch(() => {
    ahead = undefined;
  });
}

/** The answer, once. */
export function takeAhead<T>(): Promise<T> | undefined {
  const taken = ahead as Promise<T> | undefined;
  ahead = undefined;
  return taken;
}
