/** A use of the console, and what to say about it. */
export interface ConsoleUse {
  offset: number;
  message: string;
}

const CONSOLE = /(?<![\w$])console(?![\w$])/g;
/** What the console is a property of, as against a `console` of somebody else's: `page.console`. */
const GLOBAL_OBJECT = /(?<![\w$.])(?:globalThis|global|window|self)\s{0,20}(?:\?\.|\.)\s{0,20}$/;
const PROPERTY = /(?:\.|#)\s{0,20}$/;
/** As long as the longest text that the two above look at. */
const LOOKED_BACK = 60;

const CALL = /\s*(?:\?\.\s*\[?|\.|\[)\s*(\w*)/y;
/** The console itself as a value: `{ logger: console }`, `const { log } = console`, `log ?? console`. */
const VALUE_BEFORE = /(?:[=(,[?:&|]|\breturn|\byield|\bdefault)\s{0,20}$/;
const VALUE_AFTER = /\s{0,20}(?:[;,)\]}\n?]|\?\?|\|\||$)/y;

/**
 * Uses of the global console in code of which comments and strings are blanked: calls of it, and places where
 * it is handed on. Not names that only look like it: keys, types, properties of something else.
 */
export function* consoleUses(code: string): Generator<ConsoleUse> {
  for (const { index } of code.matchAll(CONSOLE)) {
    const before = code.slice(Math.max(0, index - LOOKED_BACK), index);
    const isGlobals = GLOBAL_OBJECT.test(before);
    if (!isGlobals && PROPERTY.test(before) && !before.endsWith('...')) continue;
    const end = index + 'console'.length;
    CALL.lastIndex = end;
    const call = CALL.exec(code);
    if (call !== null) {
      const message = `console.${call[1]} writes no operation id; use getLogger()`;
      yield { offset: index, message };
      continue;
    }
    VALUE_AFTER.lastIndex = end;
    if ((isGlobals || VALUE_BEFORE.test(before)) && VALUE_AFTER.test(code)) {
      const message = 'console is handed on, and writes no operation id; use getLogger()';
      yield { offset: index, message };
    }
  }
}
