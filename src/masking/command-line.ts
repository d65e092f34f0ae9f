import type { Span } from './known-shapes.js';

// Programs whose short options take a password: there is no name in `-u user:password` or `-phunter2`.

/** How the value of an option is given. */
interface Client {
  /** What its name begins with. */
  readonly first: string;
  readonly name: RegExp;
  /** Options whose value is a password. */
  readonly secret: string;
  /** Options whose value is `user:password`, or `user%password`. */
  readonly pair: string;
}

const CLIENTS: readonly Client[] = [
  { first: 'c', name: /curl(?:\.exe)?\b/iy, secret: '', pair: 'uU' },
  { first: 'm', name: /(?:mysql\w*|mariadb[\w-]*)\b/iy, secret: 'p', pair: '' },
  { first: 's', name: /sshpass\b/iy, secret: 'p', pair: '' },
  { first: 'r', name: /redis-cli\b/iy, secret: 'a', pair: '' },
  {
    first: 'md',
    name: /(?:mongo(?:sh|dump|restore|import|export)?|docker login)\b/iy,
    secret: 'p',
    pair: '',
  },
  { first: 'szum', name: /(?:sqlcmd|zip|unzip|mosquitto_(?:pub|sub))\b/iy, secret: 'P', pair: '' },
  { first: '7', name: /7za?\b/iy, secret: 'p', pair: '' },
  { first: 'l', name: /ldap(?:search|modify|add|whoami|passwd)\b/iy, secret: 'w', pair: '' },
  { first: 's', name: /smb(?:client|map)\b/iy, secret: 'p', pair: 'U' },
];

const LONG_PAIR = /--(?:proxy-)?user(?=[ =])/y;
/** Where a command ends. */
const COMMAND_END = /[\r\n|;]|&&/;
/** Further from its name no option is looked for. */
const LENGTH_MAX = 4096;

/** The program that was named last, as a text is gone through. */
export class CommandLine {
  readonly #text: string;
  #client: Client | undefined;
  #begin = 0;
  #checkedTo = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Takes note of a program's name, if there is one at `start`. Gives whether there is. */
  begin(start: number): boolean {
    const first = this.#text.charAt(start).toLowerCase();
    for (const client of CLIENTS) {
      if (!client.first.includes(first)) continue;
      client.name.lastIndex = start;
      if (!client.name.test(this.#text)) continue;
      this.#client = client;
      this.#begin = this.#checkedTo = start;
      return true;
    }
    return false;
  }

  /** The password that the option at `dash` gives (`-p x`, `-px`, `-u user:x`), if it gives one. */
  secretAt(dash: number): Span | undefined {
    const client = this.#client;
    if (client === undefined) return undefined;
    const text = this.#text;
    if (dash - this.#begin > LENGTH_MAX || COMMAND_END.test(text.slice(this.#checkedTo, dash))) {
      this.#client = undefined;
      return undefined;
    }
    this.#checkedTo = dash;
    const option = text.charAt(dash + 1);
    LONG_PAIR.lastIndex = dash;
    const isLong = LONG_PAIR.test(text);
    const isPair = isLong || client.pair.includes(option);
    if (!isPair && !client.secret.includes(option)) return undefined;
    const valueFrom = isLong ? LONG_PAIR.lastIndex : dash + 2;
    let from = valueFrom;
    while (text.charAt(from) === ' ' || text.charAt(from) === '=') from++;
    if (from > valueFrom && text.charAt(from) === '-') return undefined;
    const quote = /^["'`]/.exec(text.charAt(from))?.[0];
    if (quote !== undefined) from++;
    const ends =
      quote === undefined ? /[\s"'`\\]/g : quote === '"' ? /"/g : quote === "'" ? /'/g : /`/g;
    ends.lastIndex = from;
    const to = ends.exec(text)?.index ?? text.length;
    if (isPair) {
      const user = /^[^:%]{0,128}[:%]/.exec(text.slice(from, Math.min(to, from + 130)));
      if (user === null) return undefined;
      from += user[0].length;
    }
    // What comes after it can be another program's: `sshpass -p x ssh -p 22`.
    if (!isPair) this.#client = undefined;
    return to > from ? { from, to } : undefined;
  }
}
