const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/**
 * Where each bracket of a code is closed, in one pass.
 *
 * @returns at the offset of each opening bracket the offset of the one that closes it; elsewhere, and where
 * none does, -1.
 */
export function matchBrackets(code: string): Int32Array {
  const closing = new Int32Array(code.length).fill(-1);
  const open: number[] = [];
  for (let at = 0; at < code.length; at++) {
    const character = code[at] as string;
    if (character === '(' || character === '[' || character === '{') open.push(at);
    else if (character === ')' || character === ']' || character === '}') {
      // Text in JSX may hold anything: a bracket that closes none is passed over.
      const last = open.at(-1);
      if (last === undefined || code[last] !== CLOSING[character]) continue;
      closing[last] = at;
      open.pop();
    }
  }
  return closing;
}
